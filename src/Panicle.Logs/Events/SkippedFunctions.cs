using System.Text.RegularExpressions;

namespace Panicle.Logs.Events;

/// <summary>
/// Functions that are never the one to blame, by why. A crash in them is their caller's:
/// they only do what they were told, or report.
/// </summary>
internal static partial class SkippedFunctions
{
    /// <summary>
    /// A class of functions: why, and a pattern of whole names without compiler suffixes, in which blanks mean nothing.
    /// </summary>
    public sealed record Class(string Reason, string Pattern);

    /// <summary>The classes for every event.</summary>
    public static IReadOnlyList<Class> Common { get; } =
    [
        new("They print the report.", """
              _*dump_stack(?:_lvl)? | dump_backtrace | show_stack | show_regs | unwind_backtrace | print_\w+
            | _*print_report | walk_stackframe | _*sched_show_task | dump_cpu_task | warn_alloc | _*printk\w*
            | vprintk\w* | console_\w+ | vkdb_\w+ | lockdep_\w+ | __warn\w* | warn_slowpath\w* | _*warn_\w*printk
            | report_bug | fixup_bug\w* | handle_bug | _*exc_\w+ | asm_exc_\w+ | die | __die\w* | oops_\w+ | panic
            | nmi_panic | vpanic | bug_handler | do_error_trap | do_trap\w* | rust_helper_BUG | core::panicking::.*
            | \w+::rust_begin_unwind | core::(?:option|result)::(?:unwrap|expect)_failed | check_panic_on_warn
            | do_invalid_op | invalid_op | error_entry | brk_handler | call_break_hook | do_debug_exception
            | el\d+h?_\w+ | el\d+_dbg | no_context | \w*bad_area\w* | _*do_page_fault | page_fault
            | async_page_fault | trace_do_page_fault | do_kern_addr_fault | do_user_addr_fault | page_fault_oops
            | do_general_protection | general_protection | do_divide_error | divide_error | spurious_fault
            | fixup_exception | __bug_\w+ | do_translation_fault | do_mem_abort | do_DataAbort | __do_kernel_fault
            | arm_notify_die | bug_at | aarch64_break_handler | do_kernel_fault | program_check\w*
            | handle_page_fault | do_tag_\w+ | panic_\w+ | _*schedule_bug | _*virt_to_phys\w* | _*phys_addr\w*
            | __panic | \w+_panic | assertfail | fortify_\w+ | va_format | dev_v?printk\w* | data_access_common_virt
            | instruction_access_common_virt
            """),
        new("KASAN, KMSAN, KCSAN, KFENCE, UBSAN and slab debugging find what others did.", """
              _*(?:kasan|kmsan|kcsan|tsan|kfence|asan|hwasan|msan|ubsan)_?\w* | _*check_memory_region\w*
            | check_region_inline | memory_is_\w+ | end_report | object_err | slab_err | report_invalid_free
            | addr_has_\w+ | save_stack\w* | _*set_track\w* | check_bytes_and_report | check_object | check_slab
            | check_poison_obj | on_freelist | slab_pad_check | \w*_debug_processing | val_to_string
            | handle_overflow | stack_trace_\w+ | arch_stack_walk\w* | stack_depot_\w+ | kmemleak_\w+
            | create_object | debug_\w+ | print_bad_\w+
            | check_(?:heap_object|stack_object|page_span|kernel_text_object|bogus_address)
            | _*check_(?:object_size|heap_object) | usercopy_abort | report_usercopy | rep_\w+ | __stack_chk_fail
            | set_object_\w+ | get_stack_info\w* | __internal_bug
            """),
        new("The allocators were handed a bad object, or too large a size.", """
              _*(?:kv?|v|kz|kc|kvz|dev[mr]_k)(?:m|z|c|re)?alloc\w* | _*kmem_cache_\w+ | _*kv?free\w* | vfree\w*
            | _*vunmap | _*slab_\w+ | _*cache_(?:free|alloc|grow)\w* | _*free_(?:pages?|slab|block)\w*
            | free_unref_\w+ | free_pcp\w* | \w*alloc_(?:\w+_)?pages?\w*
            | _*(?:alloc|free)_(?:large|order|contig|bulk|frozen)\w* | _*get_free_pages? | get_page_from_freelist
            | alloc_slab_page | allocate_slab | new_slab | _*do_kmalloc\w* | memdup_user\w* | _*kmemdup\w*
            | kstrdup\w* | _*vmalloc\w* | krealloc\w* | pcpu_\w+ | free_percpu | _*alloc_percpu\w* | do_slab_free
            | ___cache_free | qlist_\w+ | quarantine_\w+ | kmalloc_\w+ | mempool_\w+ | cache_alloc_refill | bad_page
            | check_(?:new|free)_page\w* | free_(?:tail_)?pages?_(?:prepare|check)\w* | rmqueue\w* | prep_new_page
            | post_alloc_hook | __rmqueue\w* | should_fail\w* | fail_dump | _*put_page | page_to_nid | rcu_free_slab
            | _*set_page_owner\w* | _*reset_page_owner | insert_work | discard_slab | find_(?:lock|get)_entries
            | find_get_\w+ | _*filemap_get_\w+ | truncate_inode_pages\w* | folios?_put\w* | release_pages
            | page_frag_free | do_read_cache_\w+ | ___slab_alloc
            """),
        new("String, memory and user-copy helpers were handed a bad pointer.", """
              _*mem(?:cpy|set|move|cmp|chr|scan|dup)\w*
            | _*str(?:n|l|r|sc)?(?:cpy|cat|len|cmp|casecmp|chr|str|dup|pbrk|sep|spn|chrnul|stdup)\w*
            | _*copy_(?:to|from|in)_\w* | _*(?:inline_)?copy_user\w* | raw_copy_\w+ | \w+_copy_(?:to|from)_user\w*
            | copyin | copyout | simple_copy_to_iter | copy_(?:page_)?(?:to|from)_iter\w*
            | _*copy_(?:to|from)_iter\w* | clear_user\w* | _*get_user\w* | _*put_user\w* | \w*printf\w*
            | string(?:_nocheck|_escape_\w+)? | pointer | number | hex_\w+ | csum_partial\w* | do_csum
            | _*(?:read|write)_once_\w* | _*(?:read|write)[bwlq] | skip_spaces | _*asm_\w+_user\w* | arch_copy_\w+
            | memory_\w+ | ip_fast_csum | __pi_\w+ | sized_strscpy | instrument_\w+ | _*fortify_\w+
            | kern_addr_valid | fault_in_\w+ | probe_kernel_\w+ | _*copy_from_kernel\w* | crc\w+
            | _*logic_(?:in|out)\w+ | _*(?:in|out)s?[bwl]
            """),
        new("Locks are where a freed or wrong object is noticed first, and where waiting shows.", """
              (?:_*raw_)?_*(?:spin|read|write)_(?:try)?(?:un)?lock\w*
            | _*(?:raw_)?(?:spin|rwlock|rw|mutex|\w*rt_mutex|ww_mutex|rwsem|sem|down|up|percpu)_\w*
            | _*(?:down|up)(?:_read|_write)?\w* | _*mutex_\w+ | do_raw_\w+ | queued_\w+ | native_queued_\w+
            | _*pv_queued\w+ | _*lock_(?:acquire|release|sock\w*|is_held\w*|page\w*) | _*lock_\w*acquire\w*
            | lock_acquire\w* | _*lock_release\w* | register_lock_class | assign_lock_key | validate_chain
            | check_(?:prev|prevs|noncircular|deadlock|usage|irq_usage|lock|wait_context|chain_key|flags|prev_add\w*|prevs_add\w*)\w*
            | mark_(?:lock|held_locks|usage|lock_irq)\w* | reacquire_\w+ | _*lock_\w*nested\w* | valid_state
            | spin_bug | rwlock_bug | debug_(?:spin|mutex|rwlock)\w* | _*lockdep\w* | trace_hardirqs_\w+
            | trace_softirqs_\w+ | _*local_bh_\w+ | _*bh_lock_sock\w* | seqcount_\w+ | _*read_seq\w+
            | check_preemption_disabled | debug_smp_processor_id | _*this_cpu_preempt_check | lock_commit\w*
            | find_usage\w* | _*might_(?:sleep|fault|resched|lock)\w* | ___might_sleep | _*schedule_bug
            | preempt_count_(?:add|sub) | down_\w+ | up_\w+ | rwsem_\w+ | mutex_\w+ | local_lock\w* | sk_lock\w*
            | class_\w+_(?:con|de)structor | look_up_lock_class
            | lock_(?:downgrade|set_class|pin_lock|repin_lock|unpin_lock) | release_sock
            | lock_(?:timer_base|task_group|trace|hrtimer_base) | do_write_seqcount\w* | arch_spin_\w+
            | \w*rt_mutex\w* | \w*rq_(?:un)?lock\w* | osq_lock | lockref_\w+ | (?:un|try)?_*(?:un)?lock_page\w*
            | folio_(?:un|try)?_*lock\w* | folio_unlock | do_raw_\w+
            """),
        new("Lists, trees, counters and bits: generic containers that hold somebody's broken object.", """
              _*list_(?:add|del|splice|move|cut|rotate|empty|replace)\w* | _*hlist_\w+ | _*llist_\w+ | _*rb_\w+
            | rb(?:_erase|_insert|_next|_prev|_first)\w* | rhashtable_\w+ | _*rht_\w+ | idr_\w+ | ida_\w+
            | radix_tree_\w+ | _*xa_\w+ | xas_\w+ | kref_\w+ | refcount_\w+ | _*refcount_\w+ | _*atomic\w*
            | arch_atomic\w* | _*(?:test_and_)?(?:test|set|clear|change)_bit\w* | arch_(?:test|set|clear)_bit\w*
            | instrumented_\w+ | kobject_(?:get|put|add\w*|init\w*|del)\w* | _*klist_\w+ | __must_check_overflow
            | assertfail | constant_test_bit | variable_test_bit | plist_\w+ | percpu_ref_\w+ | ref_tracker_\w+
            | \w+_put | _*percpu_counter_\w* | _*cmpxchg\w* | _*xchg\w*
            """),
        new("RCU, work queues and timers call, or are told, what others registered.", """
              _*rcu_\w+ | _*call_rcu\w* | kfree_call_rcu | invoke_rcu_\w+
            | synchronize_(?:rcu|sched|net|srcu)_?(?:expedited|normal|bh|tasks)\w* | _*srcu_\w+
            | _*queue_(?:delayed_)?work\w* | _*(?:try_to_)?(?:del|mod|add)_timer\w*
            | _*timer_(?:delete|shutdown|reduce)\w* | _*mod_timer\w* | init_timer\w* | _*init_work
            | _*flush_(?:work|workqueue)\w* | _*cancel_(?:delayed_)?work\w* | __cancel_work\w* | drain_workqueue
            | destroy_workqueue | _*hrtimer_(?:init|cancel|start|try)\w* | __timer_\w+ | internal_add_timer
            | enqueue_timer | detach_if_pending | do_init_timer | tasklet_\w+
            """),
        new("The scheduler and waiting are where others stop.", """
              _*schedule\w* | _*__schedule\w* | io_schedule\w* | preempt_schedule\w* | __cond_resched
            | _cond_resched | context_switch | __switch_to\w* | switch_to | _*wait_(?:for|on|event|rcu)\w*
            | do_wait_for_common | __wait_\w+ | out_of_line_wait\w* | bit_wait\w* | autoremove_wake_function
            | finish_wait | prepare_to_\w+ | _*wake_up(?!_new_task)\w* | complete\w* | swake_\w+ | do_wait_intr\w*
            | prepare_to_wait\w* | finish_task_switch | _*usleep\w* | msleep\w* | _*delay | __const_udelay
            | do_nanosleep | _*sched_yield | wake_bit_function
            | kthread_(?:stop|park|unpark|flush_work\w*|create\w*) | try_to_wake_up | default_wake_function
            | swait\w* | folio_wait\w* | wait_on_page\w* | _*filemap_fdatawait\w* | usb_start_wait_urb
            | usb_(?:bulk|control|interrupt|internal_control)_msg\w* | blk_mq_freeze_queue\w* | percpu_down_write
            | sched_clock\w*
            """),
        new("Code that the CPU or the compiler put between: tracing, profiling, patching, instrumentation, returns.", """
              _*(?:sanitizer|fentry|mcount|x86_indirect_thunk|x86_return_thunk|ftrace|trace_event|perf_trace|trace_raw)\w*
            | retpoline\w* | _*trace_\w+ | _*(?:static_key|jump_label)_\w* | arch_jump_label_\w+ | _*sub_preempt\w*
            | native_\w+ | paravirt_\w+ | arch_local_\w+ | local_irq_\w+ | raw_local_\w+ | _*traceiter_\w+
            | ret_from_\w+ | process_one_work | process_scheduled_works | worker_thread | kthread | restore_\w+
            | retint_\w+ | rewind_stack\w* | _*entry_\w+ | _*fineibt\w* | __cfi_\w+ | arch_within_\w+
            | unwind_next_frame | unwind_get_\w+ | _*kernel_text_address | is_\w*text_address | is_module_\w*address
            """),
        new("The driver core, sockets and reference counts: they take up, look at or free what is a driver's or protocol's.", """
              sock_(?:hold|put|gen_put) | _*sk_(?:free|destruct|mem_\w+|stop_timer\w*)
            | _*dev_(?:info|err|warn|printk|notice|dbg|crit|alert|emerg) | dev_driver_string | _*dev_printk
            | dev_vprintk\w* | _*netdev_(?:printk|info|err|warn) | _*ratelimit | _*kunmap\w* | _*kmap\w*
            | _*iowrite\w* | _*ioread\w* | __raw_\w+ | get_device | put_device | device_\w*(?:del|unregister)
            | _*sysfs_\w+ | device_\w+ | get_device_parent | class_dir_\w+ | _*devres_\w+ | _*devm_\w+
            | tty_(?:un)?register_device\w* | (?:un)?register_netdev(?:ice(?:_queue|_many)?)?
            | rollback_registered\w* | _*kobject_\w+ | add_uevent_var | iput\w* | \w*dput\w* | fput\w* | mntput\w*
            | _*bdev_put | _*brelse | put_(?:page|task_\w+) | skb_(?:panic|over_panic|under_panic|push|put|pull)
            | _*pskb_\w+ | remove_proc_\w+ | proc_(?:register|mkdir\w*|create\w*) | _*proc_create\w* | __check_\w+
            """),
    ];

    private static readonly Lazy<Regex> CommonPattern = new(() => new Regex(
        $"^(?:{string.Join('|', Common.Select(c => c.Pattern))})$",
        RegexOptions.CultureInvariant | RegexOptions.IgnorePatternWhitespace));

    /// <summary>Whether a function is only its caller's instrument.</summary>
    public static bool IsInstrument(string function) => CommonPattern.Value.IsMatch(function);
}

using System.Text.RegularExpressions;

namespace Panicle.Logs.Layers;

/// <summary>
/// The layers of functions that the table of places doesn't know: those of options that distributions leave off (KASAN, KMSAN,
/// KCSAN, lockdep, debug objects), of other architectures and of assembler, of older kernels, and what macros make.
/// </summary>
internal static class LayerNames
{
    private static readonly (Layer Layer, string Pattern)[] Patterns =
    [
        (Layer.Report, """
              \w*(?:kasan|kmsan|kcsan|tsan|kfence|asan|ubsan|sanitizer|kmemleak|lockdep|fault_inject|fortify|usercopy)\w*
            | \w*(?:printk|backtrace|stack_trace|save_stack|stack_depot|warn_slowpath|warn_alloc)\w* | core::panicking::.*
            | (?:\w+::)*rust_begin_unwind | core::(?:option|result)::(?:unwrap|expect)_failed | rust_helper_BUG
            | _*print_\w+ | _*dump_(?:stack|backtrace|mem|instr|trace|page)\w* | show_(?:stack|reg|trace|code|bytes)\w*
            | unwind_(?:backtrace|frame|next|get|start|stack)\w* | fixup_(?:bug|exception)\w*
            | debug_(?:object|check|print|mutex|spin|rt|rwlock|lock|dma|smp|show_all|exception)\w*
            | report_(?:bug|usercopy|invalid|\w*access)\w*
            | (?:\w+_)?(?:dump|slab_err|object_err|rep_nop) | _*warn\w* | _*die(?:_\w+)? | (?:\w+_)?panic | panic_\w+
            | oops_\w+ | \w*_bug(?:_at)? | bug_\w+ | _*bug_\w+ | end_report | _*(?:page_fault|do_page_fault)
            | _*(?:do|handle|bad|async|spurious)_\w*(?:fault|abort) | walk_stackframe
            | do_DataAbort | do_PrefetchAbort | no_context | \w*bad_area\w* | _*do_(?:trap|error)\w* | brk_handler
            | call_break_hook
            | (?:do_)?(?:invalid_op|divide_error|double_fault|general_protection|int3|debug|undefinstr|overflow|bounds|nmi)
            | aarch64_break_handler | \w*serror\w* | program_check\w* | check_memory_region\w* | memory_is_\w+
            | addr_has_\w+ | set_track\w* | check_(?:bytes|object|slab|poison|heap|stack|page_span|kernel_text|bogus)\w*
            | on_freelist | \w+_page_owner | should_fail\w* | fail_dump | val_to_string | handle_overflow | set_object_\w+
            | create_object
            | qlist_\w+ | quarantine_\w+ | __stack_chk_fail | kernel_text_address | df_debug | vpanic
            | _*schedule_bug | _*(?:fentry|mcount|ftrace)\w* | _*trace(?:_\w+)? | _*traceiter_\w+
            | perf_trace_\w+ | event_trigger\w* | _*(?:virt_to_phys|phys_addr)\w* | _*cfi_\w+ | \w+_panic
            """),
        (Layer.Entry, """
              el\d+h?t?_\w+ | el0_svc\w* | do_el0_svc
            | _*(?:entry|asm|exc|sysvec|ret|retint|rewind_stack|int_ret)_\w+ | restore_(?:all|regs|args)\w*
            | \w*(?:syscall|system_call|apic_timer_interrupt|own_stack|call_irq_on_stack)\w*
            | sysenter_\w+ | gic_\w+ | _*handle_(?:domain_irq|exception|irq\w*) | _*irq_(?:svc|usr|exit|enter)\w*
            | vector_\w+ | handle_arch_irq | call_on_irq_stack | do_interrupt_handler | do_notify_resume | do_signal
            | secondary_start\w* | _stext | _*do_softirq\w* | \w+_interrupt_entry\w* | reboot_interrupt
            | smp_\w+_interrupt | do_irq | do_IRQ | common_interrupt | error_entry | (?:data|instruction)_access_\w+
            | hardware_interrupt_\w+ | decrementer_\w+ | stext | (?:x86_64|i386)_start_\w+
            """),
        (Layer.Library, """
              _*mem(?:cpy|set|move|cmp|chr|scan|dup)\w*
            | _*str(?:cpy|cmp|chr|dup|cat|len|ncpy|ncmp|nlen|lcpy|lcat|scpy|casecmp|str|sep|pbrk|spn|ndup)\w*
            | \w*copy_(?:to|from|in|user)\w* | _*(?:get|put|clear)_user\w* | copyin | copyout | \w*printf\w* | csum_\w+
            | do_csum | crc\w+
            | _*(?:list|hlist|llist|klist|plist|rb|rht|rhashtable|idr|ida|radix_tree|xa|xas)_\w+
            | _*(?:kref|refcount|atomic|percpu_ref|percpu_counter)_\w+
            | (?:arch_)?(?:atomic\w*|\w*(?:test|set|clear|change)_bit) | instrument\w+ | _*cmpxchg\w* | _*xchg\w*
            | _*(?:read|write)_once\w* | _*(?:io)?(?:read|write)(?:[bwlq]|8|16|32|64)
            | _*raw_(?:read|write)[bwlq] | _*logic_\w+ | (?:in|out)s?[bwl] | preempt_count_\w+ | sub_preempt\w*
            | \w*local_irq_\w+ | native_\w+ | paravirt_\w+ | __pi_\w+ | retpoline\w* | \w*indirect_thunk\w*
            | \w*return_thunk\w* | fault_in_\w+ | probe_kernel_\w+ | skip_spaces | string | pointer | number | hex_\w+
            | _*fineibt\w* | dev_(?:info|err|warn|notice|dbg) | (?:\w+_)?assfail | kobject_\w+
            | class_\w+_(?:con|de)structor | ip_fast_csum
            """),
        (Layer.Allocator, """
              _*(?:k|v|kv|kz|kc|kvz|dev[mr]_k)(?:m|z|c|re)?alloc\w* | \w*kmem_cache_\w+ | _*(?:k|v|kv|kz)free\w*
            | \w*slab_(?:alloc|free|node|out)\w* | _*(?:cache|fallback)_(?:free|alloc|grow)\w* | ____?cache_\w+
            | _*free_(?:pages?|slab|block|hot_cold|unref|pcp|percpu)\w*
            | _*alloc_(?:pages?|slab|large|order|contig|percpu)\w* | _*get_free_pages? | get_page_from_freelist | new_slab
            | memdup_\w+ | _*kmemdup\w* | kstrdup\w* | mempool_\w+ | bad_page | rmqueue\w* | post_alloc_hook | pcpu_\w+
            | devres_\w+ | devm_\w+ | put_page
            """),
        (Layer.Lock, """
              _*(?:raw_)?_*(?:spin|mutex|rwlock|rt_mutex|ww_mutex|rwsem|seqcount|osq|rtlock|rt_spin)_\w+
            | _*(?:raw_)?(?:read|write)_(?:try|un)?lock\w* | (?:read|write)_seq\w* | local_(?:lock|bh|unlock)\w*
            | _*(?:down|up)(?:_(?:read|write|interruptible|killable|timeout|trylock)\w*)? | do_raw_\w+ | queued_\w+
            | (?:native|arch|pv)_(?:spin|queued|read|write|rw)_\w+
            | _*lock_(?:acquire|release|is_held|commit|downgrade|set_class|sock|page|pin|repin)\w*
            | _*(?:bh_)?lock_sock\w* | lock_acquired
            | check_(?:prev|prevs|noncircular|deadlock|usage|irq_usage|lock|wait_context|chain_key|flags|preemption_disabled)\w*
            | mark_(?:lock|held_locks|usage)\w* | validate_chain | register_lock_class | assign_lock_key
            | find_(?:usage|held_lock)\w* | valid_state | reacquire_\w+ | add_lock_to_list | look_up_lock_class
            | trace_(?:hard|soft)irqs_\w+ | _*might_\w+ | spin_dump | _*local_bh_\w+ | wait_for_completion\w*
            | \w*rt_mutex\w*
            """),
        (Layer.Rcu, """
              _*(?:call_)?rcu_\w+ | _*call_rcu\w* | _*synchronize_\w+ | _*srcu_\w+ | kfree_call_rcu | invoke_rcu_\w+
            """),
        (Layer.Scheduler, """
              _*schedule\w* | io_schedule\w* | _*cond_resched\w* | _*wait_on_\w+ | out_of_line_wait\w* | bit_wait\w*
            | try_to_wake_up | _*wake_up\w* | context_switch | __switch_to\w* | msleep\w* | usleep\w* | _*[un]?delay
            | finish_task_switch | preempt_schedule\w* | sched_clock\w* | swait\w*
            """),
        (Layer.Time, """
              _*(?:try_to_)?(?:del|mod|add)_timer\w* | \w*hrtimer_\w+ | tick_\w+ | timer_(?:delete|shutdown|fixup)\w*
            | init_timer\w* | update_process_times | \w+_timer_handler\w*
            """),
        (Layer.Deferred, """
              _*queue_(?:delayed_)?work\w* | _*flush_work\w* | _*cancel_(?:delayed_)?work\w* | tasklet_\w+
            | smp_call_function\w* | on_each_cpu\w* | \w*exit_to_usermode\w* | kthread_\w+ | process_one_work | worker_thread
            | kthread
            """),
        (Layer.Net, """
              _*p?skb_\w+ | (?:sock|sk)_(?:hold|put|free|destruct|mem)\w* | ___?sys_\w+
            """),
        (Layer.Cache, """
              _*find_(?:get|lock)_\w+ | pagecache_get_\w+ | _*filemap_\w+ | _*wait_on_buffer | grow_buffers
            | _*[bg]etblk\w* | truncate_inode_pages\w*
            """),
        (Layer.Model, """
              _*sysfs_\w+ | device_(?:add|del|register|unregister|release|create|destroy)\w* | (?:get|put)_device
            | rollback_registered\w*
            """),
        (Layer.Files, """
              _*vfs_\w+ | _*do_(?:readv|writev|fork|execve)\w* | new_sync_\w+ | _do_fork
            """),
    ];

    private static readonly Lazy<(Layer Layer, Regex Form)[]> Forms = new(() =>
        [.. Patterns.Select(row => (row.Layer, new Regex($"^(?:{row.Pattern})$",
            RegexOptions.CultureInvariant | RegexOptions.IgnorePatternWhitespace)))]);

    /// <summary>The layer that a function's name tells.</summary>
    public static Layer Of(string function)
    {
        foreach (var (layer, form) in Forms.Value)
        {
            if (form.IsMatch(function))
                return layer;
        }
        return Layer.Own;
    }
}

namespace Panicle.Logs.Tests.Layers;

/// <summary>Who is to blame, by the layers that each kind of event passes over.</summary>
public class BlameTests
{
    [Theory]
    // The innermost function is an instrument of its caller.
    [InlineData("examplefs_lookup", """
        BUG: kernel NULL pointer dereference, address: 0000000000000010
        RIP: 0010:mutex_lock+0x19/0x30
        Call Trace:
         down_read+0x15/0x30
         examplefs_lookup+0x21/0x90
         path_openat+0x100/0x200
        """)]
    // A crash in the scheduler is the scheduler's.
    [InlineData("pick_next_task_fair", """
        BUG: unable to handle page fault for address: ffffb00000000010
        RIP: 0010:pick_next_task_fair+0x19/0x30
        Call Trace:
         __schedule+0x15/0x30
         schedule+0x21/0x90
         schedule_timeout+0x21/0x90
        """)]
    // The page cache's own trees are where a fault is; what KASAN finds there, its caller had freed.
    [InlineData("find_get_entry", """
        general protection fault: 0000 [#1] SMP
        RIP: 0010:find_get_entry+0x19/0x130
        Call Trace:
         pagecache_get_page+0x15/0x30
         examplefs_read_block+0x21/0x90
        """)]
    [InlineData("examplefs_read_block", """
        BUG: KASAN: use-after-free in find_get_entry+0x19/0x130
        Read of size 8 at addr ffff888008d40048 by task init/1
        Call Trace:
         dump_stack_lvl+0x15/0x30
         kasan_report+0x15/0x30
         find_get_entry+0x19/0x130
         pagecache_get_page+0x15/0x30
         examplefs_read_block+0x21/0x90
        """)]
    // A headline and a register's line may name what was inlined: the function is what it was inlined into.
    [InlineData("examplefs_find", """
        BUG: KASAN: use-after-free in examplefs_search fs/examplefs/tree.c:768 [inline]
        BUG: KASAN: use-after-free in examplefs_find+0x76e/0xd90 fs/examplefs/tree.c:931
        Read of size 4 at addr ffff888073644750 by task syz-executor420/5067
        Call Trace:
         dump_stack_lvl+0x1e7/0x2d0 lib/dump_stack.c:106
         kasan_report+0x142/0x170 mm/kasan/report.c:601
         examplefs_search fs/examplefs/tree.c:768 [inline]
         examplefs_find+0x76e/0xd90 fs/examplefs/tree.c:931
         examplefs_insert+0x76e/0xd90 fs/examplefs/tree.c:31
        """)]
    [InlineData("exampleproto_set_state", """
        WARNING: include/net/sock.h:1799 at exampleproto_set_state+0x433/0x550, CPU#0: syz/1
        RIP: 0010:exampleproto_set_state+0x433/0x550 include/net/sock.h:1799
        Call Trace:
         exampleproto_done+0xda/0x1f0
        """)]
    // What a registration finds wrong is its caller's; what goes wrong further in is the registering subsystem's own.
    [InlineData("exampledev_register_device", """
        WARNING: CPU: 1 PID: 22 at lib/kobject_uevent.c:670 add_uevent_var+0x2e7/0x310
        RIP: 0010:add_uevent_var+0x2e7/0x310
        Call Trace:
         kobject_uevent_env+0x6e0/0x900
         device_add+0xad2/0xb00
         exampledev_register_device+0x7f0/0x900
         example_connect+0x10/0x20 [example]
        """)]
    // Where no trace was unwound with certainty, what was found is all there is.
    [InlineData("examplefs_wait_log", """
        INFO: task worker:64 blocked for more than 120 seconds.
        Call Trace:
         ? __schedule+0x15/0x30
         ? schedule+0x15/0x30
         ? examplefs_wait_log+0x15/0x30
        """)]
    public void Passing_over_what_everybody_calls_leads_to_whoever_called(string function, string text) =>
        Assert.Equal(function, SampleLogs.First(text).Function);

    [Theory]
    // Its caller broke a rule of the interface.
    [InlineData("example_restart [example]", """
        WARNING: CPU: 1 PID: 12 at kernel/workqueue.c:1656 __queue_delayed_work+0x6d/0xa0
        RIP: 0010:__queue_delayed_work+0x6d/0xa0
        Call Trace:
         mod_delayed_work_on+0x4d/0x90
         example_restart+0x21/0x60 [example]
         process_one_work+0x1a3/0x3a0
        """)]
    [InlineData("example_remove [example]", """
        WARNING: CPU: 1 PID: 12 at net/core/dev.c:10900 unregister_netdevice_many_notify+0x6d/0xa0
        RIP: 0010:unregister_netdevice_many_notify+0x6d/0xa0
        Call Trace:
         unregister_netdevice_queue+0x4d/0x90
         unregister_netdev+0x4d/0x90
         example_remove+0x21/0x60 [example]
         usb_unbind_interface+0x21/0x60 [usbcore]
        """)]
    // Nobody outside called it: it is its own.
    [InlineData("usb_hub_example [usbcore]", """
        WARNING: CPU: 1 PID: 12 at drivers/usb/core/hub.c:1656 usb_hub_example+0x6d/0xa0 [usbcore]
        RIP: 0010:usb_hub_example+0x6d/0xa0 [usbcore]
        Call Trace:
         hub_event+0x4d/0x90 [usbcore]
         process_one_work+0x1a3/0x3a0
         worker_thread+0x4d/0x3a0
         kthread+0xe5/0x110
        """)]
    public void A_warning_in_an_interface_is_its_callers(string function, string text) =>
        Assert.Equal(function, SampleLogs.First(text).FullFunction);

    [Theory]
    [InlineData("drivername_loop [drivername]", """
        watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [ksoftirqd/1:23]
        RIP: 0010:_raw_spin_unlock_irq+0x13/0x30
        Call Trace:
         drivername_loop+0x58/0x150 [drivername]
         drivername_poll+0x58/0x150 [drivername]
         __napi_poll+0x2a/0x1b0
         net_rx_action+0x2a/0x1b0
        """)]
    [InlineData("smp_call_function", """
        watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [worker:23]
        RIP: 0010:smp_call_function_many_cond+0x13/0x30
        Call Trace:
         on_each_cpu_cond_mask+0x58/0x150
         drivername_flush+0x58/0x150 [drivername]
         do_syscall_64+0x2a/0x1b0
        """)]
    [InlineData("drivername_work [drivername]", """
        rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 0-... } 6 jiffies s: 85 root: 0x1/.
        Workqueue: events_unbound drivername_work [drivername]
        Call Trace:
         __schedule+0x246/0x300
         __cond_resched+0x33/0x60
         process_one_work+0x23c/0x3a0
         worker_thread+0x50/0x3a0
         kthread+0xee/0x110
        """)]
    public void A_stuck_cpu_is_at_what_it_was_asked_for(string function, string text) =>
        Assert.Equal(function, SampleLogs.First(text).FullFunction);

    [Theory]
    // Who waits for RCU's thread and who noticed are nobody to blame.
    [InlineData("""
        rcu: rcu_sched kthread starved for 2100 jiffies! g1 f0x0 RCU_GP_WAIT_FQS(5) ->state=0x402 ->cpu=1
        Call Trace:
         __schedule+0x246/0x300
         schedule+0x33/0x60
         schedule_timeout+0x33/0x60
         rcu_gp_fqs_loop+0x33/0x60
         rcu_gp_kthread+0x33/0x60
         kthread+0xee/0x110
        """)]
    [InlineData("""
        refcount_t: underflow; use-after-free.
        WARNING: CPU: 23 PID: 15912 at lib/refcount.c:28 refcount_warn_saturate+0xba/0x110
        RIP: 0010:refcount_warn_saturate+0xba/0x110
        """)]
    public void Instruments_alone_blame_nobody(string text) => Assert.Null(SampleLogs.First(text).Function);

    [Fact]
    public void The_stack_protectors_headline_names_the_function_whatever_layer_it_is_in() =>
        Assert.Equal("kobject_example_del", SampleLogs.First("""
            Kernel panic - not syncing: stack-protector: Kernel stack is corrupted in: kobject_example_del+0x77/0x77
            Call Trace:
             panic+0x15/0x30
             __stack_chk_fail+0x15/0x30
             kobject_example_del+0x77/0x77
             exampledrv_remove+0x0/0x40
            """).Function);

    [Fact]
    public void Lockdeps_own_chain_tells_who_takes_the_lock() =>
        Assert.Equal("drivername_stop", SampleLogs.First("""
            WARNING: possible circular locking dependency detected
            drv/89 is trying to acquire lock:
            0000000032115149 ((wq_completion)drv){+.+.}, at: flush_workqueue+0xe3/0x970
            but task is already holding lock:
            000000001083fe70 (&drv->lock){++++}, at: drivername_set+0xa5/0x10e0
            -> #1 (&drv->lock){++++}:
                   lock_acquire+0x127/0x340
                   drivername_send+0x83/0x90
                   process_one_work+0x806/0x900
            -> #0 ((wq_completion)drv){+.+.}:
                   __lock_acquire+0x2012/0x3170
                   lock_acquire+0x127/0x340
                   flush_workqueue+0x106/0x12f0
                   drivername_stop+0x160/0x1e0
                   drivername_set+0xa24/0x10e0
            """).Function);

    [Fact]
    public void A_drivers_allocation_is_its_own_whatever_it_is_called() =>
        Assert.Equal("drivername_alloc_ring [drivername]", SampleLogs.First("""
            worker: page allocation failure: order:8, mode:0x204010
            Call Trace:
             dump_stack+0x46/0x60
             warn_alloc_failed+0xe2/0x130
             __alloc_pages_nodemask+0x22a/0x300
             alloc_pages_current+0x9e/0x150
             __kmalloc+0x1e0/0x220
             drivername_alloc_ring+0xb0/0x200 [drivername]
            """).FullFunction);
}

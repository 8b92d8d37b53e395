using Panicle.Logs.Events;

namespace Panicle.Logs.Tests.Events;

/// <summary>Events that come seldom, alone or in several pieces; and lines that are none.</summary>
public class UnusualEventTests
{
    [Theory]
    [InlineData(OopsKind.Warning, "lighthouse_irq", "lighthouse", """
        irq 19: nobody cared (try booting with the "irqpoll" option)
        CPU: 1 PID: 0 Comm: swapper/1 Not tainted 6.1.0 #1
        Call Trace:
         <IRQ>
         __report_bad_irq+0x35/0xa7
         note_interrupt+0x1a8/0x1d0
        handlers:
        [<0000000012345678>] lighthouse_irq [lighthouse]
        Disabling IRQ #19
        """)]
    [InlineData(OopsKind.Warning, null, "skiff", "NETDEV WATCHDOG: wan0 (skiff): transmit queue 2 timed out")]
    [InlineData(OopsKind.Warning, null, "skiff", "skiff 0000:02:00.0 wan0: NETDEV WATCHDOG: CPU: 3: transmit queue 1 "
        + "timed out 5020 ms")]
    [InlineData(OopsKind.HardwareError, null, null, "xhci_hcd 0000:00:14.0: xHCI host controller not responding, assume dead")]
    [InlineData(OopsKind.HardwareError, "buoy_write", null, """
        Kernel panic - not syncing: Asynchronous SError Interrupt
        Call trace:
         panic+0x328/0x390
         arm64_serror_panic+0x78/0x90
         do_serror+0x64/0x80
         el1h_64_error+0x64/0x68
         buoy_write+0x68/0xe8
        """)]
    [InlineData(OopsKind.Bug, "tide_read", null, """
        VERIFY3(0 == tide_alloc(hdr)) failed (0 == 5)
        PANIC at tide.c:514:tide_read()
        Showing stack for process 12
        CPU: 1 PID: 12 Comm: mate Tainted: P           O    6.1.0 #1
        Call Trace:
         dump_stack+0x5c/0x85
         spl_panic+0xc8/0x110 [spl]
         ebb_read+0x4d/0xf0 [zfs]
        """)]
    [InlineData(OopsKind.Bug, "tide_set", null, """
        SPLError: 9457:0:(tide_node.c:340:tide_set()) SPL PANIC
        """)]
    [InlineData(OopsKind.Bug, "tide_lock", null, """
        LustreError: 2375:0:(tide_lock.c:213:tide_lock()) ASSERTION( lock->refs > 0 ) failed:
        LustreError: 2375:0:(tide_lock.c:213:tide_lock()) LBUG
        """)]
    [InlineData(OopsKind.NullPointerDereference, "tide_probe", null, """
        CPU 0 Unable to handle kernel paging request at virtual address 00000004, epc == 80392b5c, ra == 80392ad0
        Oops[#1]:
        epc   : 80392b5c tide_probe+0x228/0x45c
        """)]
    [InlineData(OopsKind.OutOfMemory, null, null, "Memory cgroup out of memory: Killed process 77 (dory) total-vm:1kB, "
        + "anon-rss:1kB")]
    [InlineData(OopsKind.HardLockup, "anchor_lock", null, """
        watchdog: CPU 12 Hard LOCKUP
        NIP [c000000000d02480] _raw_spin_lock+0x90/0xf0
        Call Trace:
        [c000003fe35b7050] [c000000000151318] anchor_lock+0x38/0x60
        """)]
    [InlineData(OopsKind.FilesystemError, "keel_finish", "btrfs", """
        ------------[ cut here ]------------
        BTRFS: Transaction aborted (error -5)
        WARNING: CPU: 4 PID: 35 at fs/btrfs/keel.c:27 keel_finish+0x4d1/0x8b0 [btrfs]
        """)]
    [InlineData(OopsKind.FilesystemError, "xfs_rope", "xfs", """
        XFS internal error XFS_WANT_CORRUPTED_GOTO at line 1510 of file fs/xfs/xfs_rope.c.  Caller 0xffffffffa01e76c2
        Call Trace:
         [<ffffffffa02110cf>] ? xfs_error_report+0x3f/0x50 [xfs]
         [<ffffffffa01e76c2>] ? xfs_rope+0x482/0x630 [xfs]
        """)]
    [InlineData(OopsKind.FilesystemError, null, null, "Aborting journal on device dm-2-8.")]
    [InlineData(OopsKind.MemoryLeak, "rig_exit", "rig", """
        BUG rig_rope (Tainted: G    B): Objects remaining in rig_rope on __kmem_cache_shutdown()
        Call Trace:
         kmem_cache_destroy+0x11d/0x270
         rig_exit+0x10/0x12 [rig]
        INFO: Allocated in rig_tie+0x22/0x90 [rig] age=45 cpu=2 pid=12966
        """)]
    [InlineData(OopsKind.MemoryCorruption, "rig_cut", "rig", """
        BUG kmalloc-96 (Not tainted): Poison overwritten
        Allocated in rig_tie+0x10/0x20 [rig] age=79 cpu=0 pid=1329
         kmem_cache_alloc_trace+0x10d/0x140
         rig_init+0x112/0x160 [rig]
        Freed in rig_cut+0x50/0xb0 [rig] age=14 cpu=1 pid=1333
         kfree+0x129/0x140
         rig_unload+0xe3/0x1a0 [rig]
        """)]
    [InlineData(OopsKind.Bug, "oar_pull", null, """
        Kernel panic - not syncing: CFI failure (target: oar_row.cfi_jt+0x0/0x4)
        Call trace:
         panic+0x194/0x3f4
         __cfi_check+0x7cefc/0x7dfb0
         oar_pull+0x388/0x41c
        """)]
    [InlineData(OopsKind.Panic, null, null, """
        Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000009
        Call Trace:
         panic+0x106/0x2cd
         do_exit+0xaa/0xb6
         get_signal+0x163/0x850
        """)]
    public void It_is_one_event(OopsKind kind, string? function, string? module, string text)
    {
        var found = Assert.Single(SampleLogs.Read(text).Events);
        Assert.Equal((kind, function, module), (found.Kind, found.Function, found.Module));
    }

    [Theory]
    [InlineData(2, """
        [   10.000000] INFO: task mate:71 blocked for more than 120 seconds.
        [   10.000001] INFO: task cook:72 blocked for more than 120 seconds.
        """)]
    [InlineData(1, """
        [   10.000000] INFO: task mate:71 blocked for more than 120 seconds.
        [   10.000000] INFO: task mate:71 blocked for more than 120 seconds.
        """)]
    [InlineData(2, """
        [   10.000000] rcu: INFO: rcu_sched detected stalls on CPUs/tasks:
        [   10.000001] Call Trace:
        [   10.000002]  bilge_pump+0x1/0x20
        [   73.000000] rcu: INFO: rcu_sched detected stalls on CPUs/tasks:
        [   73.000001] Call Trace:
        [   73.000002]  bilge_pump+0x1/0x20
        """)]
    [InlineData(2, """
        mce: [Hardware Error]: CPU 1: Machine Check: 0 Bank 5: bea0000000000108
        mce: [Hardware Error]: TSC 0 ADDR 1ffff8151a7c4
        mce: [Hardware Error]: CPU 2: Machine Check: 0 Bank 5: bea0000000000108
        mce: [Hardware Error]: TSC 0 ADDR 1ffff8151a7c4
        """)]
    [InlineData(1, """
        [    1.000000] ODEBUG: 213 of 213 active objects replaced
        [   71.000000] BUG: kernel NULL pointer dereference, address: 0000000000000008
        [   71.000001] RIP: 0010:tiller_turn+0xd/0x83
        """)]
    [InlineData(1, """
        BUG: kernel NULL pointer dereference, address: 0000000000000008
        RIP: 0010:tiller_turn+0xd/0x83
        WARNING: kernel stack regs at 000000003432ebd5 in mate:71 has bad 'bp' value 0000000033552f3f
        """)]
    [InlineData(1, """
        mate invoked oom-killer: gfp_mask=0xd0, order=0, oom_score_adj=0
        Call Trace:
         dump_stack+0x19/0x1b
        Out of memory: Killed process 71 (mate) total-vm:1kB, anon-rss:1kB
        """)]
    [InlineData(2, """
        Memory cgroup out of memory: Killed process 71 (mate) total-vm:1kB, anon-rss:1kB
        Memory cgroup out of memory: Killed process 72 (cook) total-vm:1kB, anon-rss:1kB
        """)]
    public void What_belongs_together_is_one_event(int count, string text) =>
        Assert.Equal(count, SampleLogs.Read(text).Events.Count);

    [Fact]
    public void A_dump_of_all_tasks_is_not_of_the_task_that_hung()
    {
        var found = Assert.Single(SampleLogs.Read("""
            [   10.000000] INFO: task mate:71 blocked for more than 120 seconds.
            [   10.000001] Call Trace:
            [   10.000002]  schedule+0x3c/0xa0
            [   20.000000] sysrq: Show State
            [   20.000001] Call Trace:
            [   20.000002]  galley_wait+0x442/0x460
            """).Events);
        Assert.Null(found.Function);
        Assert.Single(Assert.Single(found.Traces).Frames);
    }

    [Theory]
    [InlineData("Kernel panic - not syncing: storm", "root@board:/# Kernel panic - not syncing: storm")]
    [InlineData("Kernel panic - not syncing: storm", "[root@host ~]# Kernel panic - not syncing: storm")]
    [InlineData("watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [mate:23]", "watchdog: BUG: soft lockup - CPU#1 stuck "
        + "for 26s! [mate:23]")]
    [InlineData("WARNING: CPU: 4 PID: 35 at a/b.c:27 oar_pull+0x4d1/0x8b0 [oar]",
        "WARNING: CPU: 4 PID: 35 at a/b.c:27 oar_pull+0x4d1/0x8b0 [oar]")]
    public void A_title_is_whole_and_nothing_else(string title, string text) => Assert.Equal(title, SampleLogs.First(text).Title);

    [Theory]
    [InlineData("arm", 0x805, "a write, translation fault of a section")]
    [InlineData("arm", 0x17, "a read, translation fault of a page")]
    [InlineData("arm", 0x80f, "a write, permission fault of a page")]
    [InlineData("arm64", 0x96000047, "a write, translation fault at level 3")]
    [InlineData("arm64", 0x8600000f, "an instruction fetch, permission fault at level 3")]
    [InlineData("s390x", 0x11, null)]
    public void An_error_code_is_told_in_words(string architecture, long code, string? words) =>
        Assert.Equal(words, Decoding.FaultStatus.Describe(architecture, (ulong)code));
}

using Panicle.Logs.Events;
using Panicle.Logs.Signatures;

namespace Panicle.Logs.Tests.Events;

/// <summary>Crashes that come while another is handled, and lines about a panic that are no panic.</summary>
public class NestedCrashTests
{
    // The second comes before the first has told its registers: in code that prints them.
    private const string WithinHeadlines = """
        [   20.000001] BUG: kernel NULL pointer dereference, address: 0000000000000018
        [   20.000002] #PF: supervisor read access in kernel mode
        [   20.000003] #PF: error_code(0x0000) - not-present page
        [   20.000004] Oops: 0000 [#1] PREEMPT SMP PTI
        [   20.000005] BUG: unable to handle page fault for address: ffffc90000b51000
        [   20.000006] #PF: supervisor write access in kernel mode
        [   20.000007] #PF: error_code(0x0002) - not-present page
        [   20.000008] Oops: 0002 [#2] PREEMPT SMP PTI
        [   20.000009] CPU: 1 PID: 77 Comm: ferry Not tainted 6.6.51 #1
        [   20.000010] RIP: 0010:mooring_read+0x11/0x40 [ferry]
        [   20.000011] RSP: 0018:ffffc90000b4fd00 EFLAGS: 00010246
        [   20.000012] CR2: ffffc90000b51000
        [   20.000013] Call Trace:
        [   20.000014]  <TASK>
        [   20.000015]  rope_walk+0x20/0x80 [ferry]
        [   20.000016]  </TASK>
        [   20.000017] ---[ end trace 0000000000000000 ]---
        [   20.000018] Kernel panic - not syncing: Fatal exception
        [   20.000019] ---[ end Kernel panic - not syncing: Fatal exception ]---
        """;

    // The second comes in what panic() calls, behind the first's registers.
    private const string InPanic = """
        [   30.000001] BUG: kernel NULL pointer dereference, address: 0000000000000040
        [   30.000002] #PF: error_code(0x0000) - not-present page
        [   30.000003] Oops: 0000 [#1] SMP NOPTI
        [   30.000004] CPU: 0 PID: 5 Comm: tug Not tainted 6.1.90 #1
        [   30.000005] RIP: 0010:tug_pull+0x7/0x30 [tug]
        [   30.000006] Call Trace:
        [   30.000007]  tug_start+0x12/0x50 [tug]
        [   30.000008] ---[ end trace 0000000000000000 ]---
        [   30.000009] Kernel panic - not syncing: Fatal exception in interrupt
        [   30.000010] BUG: kernel NULL pointer dereference, address: 0000000000000090
        [   30.000011] #PF: error_code(0x0002) - not-present page
        [   30.000012] Oops: 0002 [#2] SMP NOPTI
        [   30.000013] CPU: 0 PID: 5 Comm: tug Tainted: G      D 6.1.90 #1
        [   30.000014] RIP: 0010:buoy_notify+0x3/0x20 [tug]
        [   30.000015] Call Trace:
        [   30.000016]  atomic_notifier_call_chain+0x52/0x90
        [   30.000017]  panic+0x177/0x2f4
        [   30.000018] ---[ end trace 0000000000000000 ]---
        [   30.000019] Kernel panic - not syncing: Fatal exception in interrupt
        """;

    [Fact]
    public void A_number_ends_the_headlines_of_an_oops()
    {
        var events = SampleLogs.Read(WithinHeadlines).Events;
        Assert.Equal(
            [(OopsKind.NullPointerDereference, null, 1L), (OopsKind.PageFault, "mooring_read", 5L)],
            events.Select(found => (found.Kind, found.Function, found.FirstLine)));
        Assert.Equal([0x18ul, 0xffffc90000b51000ul], events.Select(found => (ulong)found.FaultAddress!.Value));
        Assert.True(events[0].IsCut);
        Assert.False(events[0].Panicked);
        Assert.Equal("Fatal exception", events[1].PanicMessage);
    }

    [Fact]
    public void A_crash_in_the_panic_of_another_has_its_own_place()
    {
        var events = SampleLogs.Read(InPanic).Events;
        Assert.Equal(
            [("tug_pull", 0x40ul), ("buoy_notify", 0x90ul)],
            events.Select(found => (found.Function, (ulong)found.FaultAddress!.Value)));
        Assert.Equal("tug_pull", CrashSignature.Death(events)!.Function);
        Assert.Equal("tug_pull", CrashSignature.Crash(events)!.Function);
    }

    [Fact]
    public void What_ends_a_panic_is_no_second_event()
    {
        var events = SampleLogs.Read("""
            [    5.100000] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)
            [    5.100001] CPU: 0 PID: 1 Comm: swapper/0 Not tainted 6.6.51 #1
            [    5.100002] Call Trace:
            [    5.100003]  mount_root_generic+0x1f0/0x2c0
            [    5.100004] Kernel Offset: disabled
            [    5.100005] ---[ end Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0) ]---
            """).Events;
        var found = Assert.Single(events);
        Assert.Equal("VFS: Unable to mount root fs on unknown-block(0,0)", found.PanicMessage);
        Assert.Equal("Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)", found.Words);
    }

    [Fact]
    public void The_end_of_a_panic_whose_beginning_was_lost_tells_of_it()
    {
        var found = Assert.Single(SampleLogs.Read(
            "[    5.100005] ---[ end Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000000b ]---").Events);
        Assert.Equal("Attempted to kill init! exitcode=0x0000000b", found.PanicMessage);
    }

    [Theory]
    [InlineData("NMI watchdog: Enabled. Permanently consumes one hw-PMU counter.")]
    [InlineData("NMI watchdog: Perf NMI watchdog permanently disabled")]
    [InlineData("watchdog: Delayed init of the lockup detector failed: -19")]
    public void What_a_watchdog_says_at_boot_is_no_crash(string line)
    {
        Assert.Empty(SampleLogs.Read($"[    0.400000] {line}").Events);
        var events = SampleLogs.Read($"[    0.400000] {line}\n{InPanic}").Events;
        Assert.Equal("tug_pull", CrashSignature.Death(events)!.Function);
    }

    [Fact]
    public void A_double_fault_among_the_first_lines_of_an_oops_is_another_CPU_s()
    {
        var events = SampleLogs.Read("""
            [   50.000001] BUG: unable to handle kernel paging request at 000000fe840fc4b9
            [   50.000002] Oops: 0000 [#1] PREEMPT SMP
            [   50.000003] PANIC: double fault, error_code: 0x0
            [   50.000004] CPU: 1 PID: 40 Comm: barge Not tainted 4.20.0+ #139
            [   50.000005] RIP: 0010:capstan_turn+0x11/0x80
            [   50.000006] Call Trace:
            [   50.000007]  winch_pull+0x7f/0x100
            """).Events;
        Assert.Equal((OopsKind.PageFault, "capstan_turn"), (events[0].Kind, events[0].Function));
    }

    [Fact]
    public void A_machine_dies_of_its_first_panic_or_else_of_its_last_crash()
    {
        var survived = InPanic.Split("\n[   30.000009]")[0];
        var later = survived.Replace("[   30", "[   80", StringComparison.Ordinal)
            .Replace("tug_pull", "tug_push", StringComparison.Ordinal).Replace("[#1]", "[#2]", StringComparison.Ordinal);
        var two = SampleLogs.Read($"{survived}\n{later}").Events;
        Assert.Equal("tug_push", CrashSignature.Death(two)!.Function);
        Assert.Equal("tug_pull", CrashSignature.Crash(two)!.Function);

        var died = SampleLogs.Read($"{survived}\n{later}\n[   80.000009] Kernel panic - not syncing: Fatal exception").Events;
        Assert.Equal("tug_push", CrashSignature.Death(died)!.Function);
        Assert.Null(CrashSignature.Death([]));
        Assert.Null(CrashSignature.Death(SampleLogs.Read("""
            [    9.000000] WARNING: CPU: 0 PID: 9 at drivers/tug/rope.c:77 rope_check+0x15/0x40
            """).Events));
    }

    [Theory]
    [InlineData("watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [barge/1:23]",
        "watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [barge/1:23]")]
    [InlineData("[ INFO: possible circular locking dependency detected ]", "INFO: possible circular locking dependency detected")]
    [InlineData("=============================", null)]
    public void A_title_keeps_a_bracket_of_its_own(string line, string? title) =>
        Assert.Equal(title, SampleLogs.Read($"[   60.000000] {line}").Events.SingleOrDefault()?.Title);
}

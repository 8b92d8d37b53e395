using System.Text;
using Panicle.Reports.Findings;

namespace Panicle.Reports.Tests.Findings;

/// <summary>Findings say what a log shows, and no more.</summary>
public class ModestFindingsTests
{
    private const string Code = "Code: 48 89 d8 <48> 8b 8f 80 1a 00 00 4d 85 ed 0f 84 88 00 00 00";

    [Theory]
    // The register holds 3: no NULL, though the kernel says so.
    [InlineData("the pointer was the number 3", Certainty.Certain, "BUG: kernel NULL pointer dereference, address: "
        + "000000000000000b\n"
        + "RIP: 0010:oar_pull+0x12/0xc0\nCode: 48 89 d8 <48> 89 51 08 48 89 0a 4c 89 30\nRSP: 0018:ffffa1508d62bbd0 "
            + "EFLAGS: 00010246\n"
        + "RCX: 0000000000000003 RDX: ffffa15bae3a2b10\n")]
    [InlineData("(the pointer was 1): a small number", Certainty.Certain,
        "BUG: unable to handle page fault for address: 0000000000001a81\nRIP: 0010:oar_pull+0x12/0xc0\n" + Code + "\n")]
    [InlineData("can't be the kernel's", Certainty.Likely,
        "BUG: unable to handle page fault for address: 00007f1200001a81\nRIP: 0010:oar_pull+0x12/0xc0\n")]
    [InlineData("that needs a multiple of 16 (misaligned)", Certainty.Certain, "general protection fault: 0000 [#1] SMP\n"
        + "RIP: 0010:oar_pull+0xe3/0x190\nCode: 90 90 <66> 0f 29 4d d0 f2 0f 5e c1\nRSP: 0018:ffff943717476db8 EFLAGS: 00010246\n"
        + "RBP: ffff943717476de8 R08: 0000000000000000 R09: ffff9436c8336d10\n")]
    [InlineData("1 MB in one piece (order 8) was not to be had", Certainty.Certain,
        "mate: page allocation failure: order:8, mode:0x204010\n")]
    [InlineData("could not wait for memory", Certainty.Certain,
        "mate: page allocation failure: order:0, mode:0x40a20(GFP_ATOMIC|__GFP_COMP), nodemask=(null)\n")]
    [InlineData("reached its limit (memory cgroup)", Certainty.Certain, "mate invoked oom-killer: gfp_mask=0xd0, order=0\n"
        + "Call Trace:\n mem_cgroup_oom_synchronize+0x546/0x570\n")]
    [InlineData("freed while it was still mapped (mapcount 2)", Certainty.Certain,
        "BUG: Bad page state in process mate  pfn:2663ff\n"
        + "page:fffffdeec998ffc0 refcount:0 mapcount:2 mapping:0000000000000000\npage dumped because: nonzero mapcount\n")]
    [InlineData("(-1): a reference was given back too often", Certainty.Certain, "BUG: Bad page state in process mate  "
        + "pfn:2663ff\n"
        + "page:fffffdeec998ffc0 refcount:-1 mapcount:0 mapping:0000000000000000\npage dumped because: nonzero _refcount\n")]
    [InlineData("refused vmcall", Certainty.Certain, "invalid opcode: 0000 [#1] SMP\nRIP: 0010:oar_pull+0x12/0xc0\n"
        + "Code: 90 90 90 <0f> 01 c1 48 85 c0\nRSP: 0018:ffff943717476db8 EFLAGS: 00010246\n")]
    [InlineData("though CPU 3 was idle", Certainty.Likely, "rcu: INFO: rcu_sched detected stalls on CPUs/tasks:\n"
        + "NMI backtrace for cpu 3 skipped: idling at default_idle+0x1e/0x130\n")]
    [InlineData("a timer of CPU 4 did not fire", Certainty.Likely, "rcu: INFO: rcu_sched detected stalls on CPUs/tasks:\n"
        + "rcu:     Possible timer handling issue on cpu=4 timer-softirq=1303\n")]
    [InlineData("waited for another CPU", Certainty.Likely, "watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [mate:15]\n"
        + "RIP: 0010:smp_call_function_many_cond+0x216/0x280\n")]
    [InlineData("\"oar: ring 3 is bent\"", Certainty.Certain, "------------[ cut here ]------------\noar: ring 3 is bent\n"
        + "WARNING: CPU: 4 PID: 35 at drivers/oar.c:27 oar_pull+0x4d1/0x8b0 [oar]\n")]
    [InlineData("error -28, no space left", Certainty.Certain, "BTRFS: Transaction aborted (error -28)\n"
        + "WARNING: CPU: 4 PID: 35 at fs/btrfs/keel.c:27 keel_finish+0x4d1/0x8b0 [btrfs]\n")]
    [InlineData("An assertion of ZFS failed at tide.c:514, tide_read(): VERIFY(hdr != NULL) failed", Certainty.Certain,
        "VERIFY(hdr != NULL) failed\nPANIC at tide.c:514:tide_read()\n")]
    [InlineData("An assertion of Lustre failed at tide_lock.c:213, tide_lock()", Certainty.Certain,
        "LustreError: 2375:0:(tide_lock.c:213:tide_lock()) LBUG\n")]
    [InlineData("A task was blocked", Certainty.Certain, "Kernel panic - not syncing: hung_task: blocked tasks\n")]
    [InlineData("The first process (init) ended", Certainty.Certain, "Kernel panic - not syncing: Attempted to kill init!\n")]
    [InlineData("oar_pull called a function through a pointer that is no address of code", Certainty.Certain,
        "CPU 0 Unable to handle kernel paging request at virtual address 702e7da4, epc == 702e7da4, ra == 80005dbc\n"
        + "epc   : 702e7da4 0x702e7da4\nra    : 80005dbc oar_pull+0x70/0x110\n")]
    [InlineData("after rig_cut [rig] freed it", Certainty.Likely, "BUG kmalloc-96 (Not tainted): Poison overwritten\n"
        + "INFO: Freed in rig_cut+0x50/0xb0 [rig] age=14 cpu=1 pid=1333\n")]
    public void The_first_finding_says_no_more_than_the_log(string title, Certainty certainty, string text)
    {
        var first = Of(text)[0];
        Assert.Contains(title, first.Title, StringComparison.Ordinal);
        Assert.Equal(certainty, first.Certainty);
        Assert.DoesNotContain("attack", $"{first.Title} {first.Advice}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2 oopses before this one are missing", "Oops: 0002 [#3] SMP\nRIP: 0010:oar_pull+0x12/0xc0\n")]
    [InlineData("An oops before this one is missing",
        "kernel BUG at a/b.c:1!\nCPU: 0 PID: 1 Comm: mate Tainted: G      D 6.1.0 #1\nRIP: 0010:oar_pull+0x12/0xc0\n")]
    [InlineData("one bit away from NULL", "general protection fault: 0000 [#1] SMP\nRIP: 0010:oar_pull+0x42/0xc0\n"
        + "Code: 90 90 <8b> 4a 1c 85 c9\nRSP: 0018:ffff88020211fa28 EFLAGS: 00013246\nRDX: 1000000000000000 RSI: "
            + "ffff88013c46dad0\n")]
    public void What_else_the_log_shows_is_told(string title, string text) =>
        Assert.Contains(Of(text), finding => finding.Title.Contains(title, StringComparison.Ordinal));

    [Fact]
    public void The_first_oops_misses_nothing() => Assert.DoesNotContain(Of(
        "Oops: 0002 [#1] SMP\nRIP: 0010:oar_pull+0x12/0xc0\n"), finding => finding.Title.Contains("missing",
            StringComparison.Ordinal));

    private static IReadOnlyList<Finding> Of(string text)
    {
        var result = Triage.Run(CrashLog.Read(new MemoryStream(Encoding.UTF8.GetBytes(text))));
        Assert.Empty(result.Losses);
        return result.Findings;
    }
}

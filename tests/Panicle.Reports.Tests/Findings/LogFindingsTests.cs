using System.Text;
using Panicle.Logs.Events;
using Panicle.Logs.Tests;
using Panicle.Reports.Findings;

namespace Panicle.Reports.Tests.Findings;

/// <summary>What explains a crash, from its log alone.</summary>
public class LogFindingsTests
{
    private static readonly Dictionary<string, (OopsKind Kind, string Title)> Causes = new()
    {
        ["null-deref"] = (OopsKind.NullPointerDereference, "crashme_inner [crashme] read memory through a pointer that was NULL"),
        ["hrtimer"] = (OopsKind.NullPointerDereference, "crashme_inner [crashme] read memory through a pointer that was NULL"),
        ["ipi"] = (OopsKind.NullPointerDereference, "crashme_inner [crashme] read memory through a pointer that was NULL"),
        ["timer"] = (OopsKind.NullPointerDereference, "crashme_inner [crashme] read memory through a pointer that was NULL"),
        ["null-call"] = (OopsKind.NullPointerDereference,
            "crashme_null_call [crashme] called a function through a pointer that was NULL"),
        ["use-after-free"] = (OopsKind.UseAfterFree, "crashme_inner [crashme] used a slab object after it was freed"),
        ["non-canonical"] = (OopsKind.GeneralProtectionFault,
            "crashme_inner [crashme] followed a pointer that can be no address"),
        ["divide-error"] = (OopsKind.DivideError, "crashme_divide [crashme] divided by zero"),
        ["bug"] = (OopsKind.Bug, "A check of the kernel's own failed in crashme_check [crashme] (BUG at "),
        ["warn"] = (OopsKind.Warning, "The kernel warned in crashme_warn [crashme]"),
        ["list-corruption"] = (OopsKind.MemoryCorruption, "A linked list was corrupted: crashme_list_append [crashme]"),
        ["stack-overflow"] = (OopsKind.StackOverflow, "crashme_recurse [crashme] called itself at least "),
        ["oom"] = (OopsKind.OutOfMemory, "Memory ran out, and the kernel was told to die of that (panic_on_oom): PID "),
        ["hung-task"] = (OopsKind.HungTask, "2 tasks were blocked for so long"),
        ["abba-deadlock"] = (OopsKind.Panic, "The crash was asked for (sysrq)"),
        ["sysrq"] = (OopsKind.Panic, "The crash was asked for (sysrq)"),
        ["soft-lockup"] = (OopsKind.SoftLockup, "CPU "),
        ["rcu-stall"] = (OopsKind.RcuStall, "CPU "),
        ["init-exit"] = (OopsKind.Panic,
            "The first process (init), \"witness\", ended, and the kernel can't go on without it: it exited with status 1"),
    };

    /// <summary>Each of the repository's logs has the cause that its name tells.</summary>
    [Theory, MemberData(nameof(SampleLogs.All), MemberType = typeof(SampleLogs))]
    public void The_cause_comes_first(string name)
    {
        var (kind, title) = Causes[name[(name.IndexOf('-', StringComparison.Ordinal) + 1)..]];
        var first = Of(SampleLogs.Text(name))[0];
        Assert.Equal(kind, first.Kind);
        Assert.StartsWith(title, first.Title, StringComparison.Ordinal);
        Assert.Contains(first.Evidence, evidence => evidence.Line > 0);
    }

    /// <summary>The divisor is read from the register that the instruction names.</summary>
    [Fact]
    public void A_division_tells_its_divisor() =>
        Assert.Contains(Of(SampleLogs.Text("6.12-divide-error"))[0].Evidence,
            evidence => evidence.Text.EndsWith("idiv   %esi — the divisor, rsi, is 0x0", StringComparison.Ordinal));

    /// <summary>Who held the memory is read from the table of tasks.</summary>
    [Fact]
    public void Out_of_memory_tells_who_held_it()
    {
        var texts = Of(SampleLogs.Text("6.12-oom"))[0].Evidence.Select(evidence => evidence.Text).ToList();
        Assert.Contains(texts, text => text.Contains("\"witness\" has 2", StringComparison.Ordinal));
        Assert.Contains(texts, text => text.StartsWith("the kernel's slab caches hold ", StringComparison.Ordinal));
    }

    /// <summary>What came before the crash is told as a circumstance, with its lines.</summary>
    [Theory]
    [InlineData(
        "NETDEV WATCHDOG: eth0 (e1000e): transmit queue 0 timed out", "eth0 (e1000e): the network card's transmit queue stopped")]
    [InlineData("xhci_hcd 0000:00:14.0: xHCI host controller not responding, assume dead",
        "xhci_hcd 0000:00:14.0: the USB controller stopped")]
    [InlineData("i915 0000:00:02.0: [drm] GPU HANG: ecode 9:1:85dffffb, in Xorg [1234]", "the graphics processor hung")]
    [InlineData(
        "ACPI Error: Aborting method \\_SB.PCI0.LPCB.EC0._Q42 due to previous error (AE_NOT_FOUND) (20220331/psparse-529)",
        "complained of the machine's firmware")]
    [InlineData("VFS: file-max limit 8192 reached", "open files (fs.file-max)")]
    [InlineData("cgroup: fork rejected by pids controller in /system.slice/cron.service", "tasks in a control group (pids.max)")]
    [InlineData("nf_conntrack: nf_conntrack: table full, dropping packet", "nf_conntrack_max")]
    [InlineData(
        "WARNING: CPU: 1 PID: 88 at drivers/gpu/drm/drm_vblank.c:728 foo+0x1/0x2 [drm]", "This was not the first trouble")]
    public void Trouble_before_the_crash_is_told(string line, string title)
    {
        var findings = Of(
            $"[  100.000000] {line}\n[  107.000000] Kernel panic - not syncing: sysrq triggered crash\n[  107.000001] CPU: "
                + "0 PID: 1 Comm: sh Not tainted 6.1.0 #1\n");
        Assert.Equal(FindingRole.Trigger, findings[0].Role);
        var finding = Assert.Single(findings.Skip(1));
        Assert.Equal(FindingRole.Circumstance, finding.Role);
        Assert.Contains(title, finding.Title, StringComparison.Ordinal);
        Assert.Equal(1, finding.Evidence[0].Line);
    }

    /// <summary>The same an hour before has nothing to do with it.</summary>
    [Theory]
    [InlineData("NETDEV WATCHDOG: eth0 (e1000e): transmit queue 0 timed out")]
    [InlineData(
        "ACPI Error: Aborting method \\_SB.PCI0.LPCB.EC0._Q42 due to previous error (AE_NOT_FOUND) (20220331/psparse-529)")]
    [InlineData("VFS: file-max limit 8192 reached")]
    public void Trouble_long_before_is_not(string line) =>
        Assert.Single(
            Of(
                $"[  100.000000] {line}\n[ 3707.000000] Kernel panic - not syncing: sysrq triggered crash\n[ 3707.000001] CPU: "
                    + "0 PID: 1 Comm: sh Not tainted 6.1.0 #1\n"));

    /// <summary>KASAN's shadow fault is told as what it checked for, not as the address of the shadow.</summary>
    [Fact]
    public void A_shadow_fault_is_the_access_that_kasan_checked()
    {
        var text = SampleLogs.Text("6.12-non-canonical")
            .Replace("0x1234567890abcd00", "0xdffffc0000000003", StringComparison.Ordinal);
        var at = text.IndexOf("Oops: general protection fault", StringComparison.Ordinal);
        var time = text[text.LastIndexOf('[', at)..at];
        text = text.Insert(
            text.IndexOf('\n', at) + 1, $"{time}KASAN: null-ptr-deref in range [0x0000000000000018-0x000000000000001f]\n");
        var first = Of(text)[0];
        Assert.Equal(OopsKind.NullPointerDereference, first.Kind);
        Assert.Contains("a member at offset 0x18", first.Title, StringComparison.Ordinal);
    }

    /// <summary>Memory that is read-only was not protected from the kernel: bit 16 of CR0.</summary>
    [Fact]
    public void A_protection_that_is_off_is_told()
    {
        var text = SampleLogs.Text("6.12-null-deref");
        Assert.DoesNotContain(Of(text), finding => finding.Title.Contains("CR0.WP", StringComparison.Ordinal));
        text = text.Replace("CR0: 0000000080050033", "CR0: 0000000080040033", StringComparison.Ordinal);
        Assert.Contains(Of(text), finding => finding.Title.Contains("CR0.WP", StringComparison.Ordinal));
    }

    /// <summary>A text without a crash has no finding.</summary>
    [Theory]
    [InlineData("")]
    [InlineData(
        "[    0.000000] Linux version 6.1.0-26-cloud-amd64\n[    1.000000] nvme nvme0: pci function 0000:00:04.0\n[    "
            + "1.100000] EDAC MC: Ver: 3.0.0\n[    1.200000] mce: CPU supports 9 MCE banks\n")]
    public void A_quiet_log_has_none(string text) => Assert.Empty(Of(text));

    private static IReadOnlyList<Finding> Of(string text)
    {
        var result = Triage.Run(CrashLog.Read(new MemoryStream(Encoding.UTF8.GetBytes(text))));
        Assert.Empty(result.Losses);
        return result.Findings;
    }
}

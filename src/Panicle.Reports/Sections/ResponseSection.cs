using System.Globalization;
using Panicle.Kernel;

namespace Panicle.Reports.Sections;

/// <summary>How the kernel was set to respond to trouble, and how it did.</summary>
/// <param name="What">What it did, in a sentence.</param>
/// <param name="Reboot">What would have come without a dump, in a sentence; null if <c>panic=</c> can't be read.</param>
/// <param name="Settings">The settings as sysctl names them, those that could be read.</param>
public sealed record ResponseSection(string What, string? Reboot, IReadOnlyList<PanicSetting> Settings)
{
    // The variable, and the sysctl (or boot parameter) by which an administrator sets it. All are int or unsigned int.
    private static readonly (string Variable, string Name)[] Variables =
    [
        ("panic_timeout", "kernel.panic"),
        ("panic_on_oops", "kernel.panic_on_oops"),
        ("panic_on_warn", "kernel.panic_on_warn"),
        ("sysctl_panic_on_rcu_stall", "kernel.panic_on_rcu_stall"),
        ("softlockup_panic", "kernel.softlockup_panic"),
        ("hardlockup_panic", "kernel.hardlockup_panic"),
        ("sysctl_hung_task_panic", "kernel.hung_task_panic"),
        ("sysctl_panic_on_oom", "vm.panic_on_oom"),
        ("unknown_nmi_panic", "kernel.unknown_nmi_panic"),
        ("panic_on_unrecovered_nmi", "kernel.panic_on_unrecovered_nmi"),
        ("panic_on_io_nmi", "kernel.panic_on_io_nmi"),
    ];

    // What a panic says that a setting made of trouble which the kernel would have survived.
    private static readonly (string Text, string Setting)[] Told =
    [
        ("panic_on_warn set", "kernel.panic_on_warn"),
        ("softlockup: hung tasks", "kernel.softlockup_panic"),
        ("hung_task: blocked tasks", "kernel.hung_task_panic"),
        ("RCU Stall", "kernel.panic_on_rcu_stall"),
        ("panic_on_oom", "vm.panic_on_oom"),
        ("Hard LOCKUP", "kernel.hardlockup_panic"),
        ("sysrq triggered crash", "by sysrq"),
    ];

    internal static ResponseSection? Read(KernelDump kernel, CrashLog? log)
    {
        // A dump that was cut off may have lost what tells of the panic.
        if (kernel.Crash.Cpu is null && kernel.Dump.Header.IsIncomplete)
            return null;
        var settings = Variables.Select(variable => (variable.Name, Value: Value(kernel, variable.Variable)))
            .Where(setting => setting.Value is not null)
            .Select(setting => new PanicSetting(setting.Name, setting.Value!.Value)).ToList();
        if (kernel.Crash.HasPanicked == false)
            return new ResponseSection("The kernel had not panicked", Afterwards(settings), settings);
        if (log?.Message is not { } message)
            return null;
        var onOops = settings.Find(setting => setting.Name == "kernel.panic_on_oops")?.Value;
        var (_, told) = Told.FirstOrDefault(one => message.Contains(one.Text, StringComparison.Ordinal));
        var what = told is not null ? $"The kernel panicked because it was told to ({told})"
            : message.StartsWith("Kernel panic", StringComparison.Ordinal) ? "The kernel panicked by itself"
            : kernel.Crash.HasPanicked is null ? "The kernel had an oops; whether it died of that can't be told"
            : onOops is null ? "The kernel had an oops"
            : onOops != 0 ? "The kernel had an oops, and was set to die of any (panic_on_oops=1)"
            : "The kernel had an oops where none can be survived: "
                + "in an interrupt, or in a task that must not die (panic_on_oops=0)";
        return new ResponseSection(what, Afterwards(settings), settings);
    }

    // panic(): a positive value waits so many seconds, a negative one restarts at once, 0 stops for good.
    private static string? Afterwards(List<PanicSetting> settings) =>
        settings.Find(setting => setting.Name == "kernel.panic")?.Value switch
        {
            null => null,
            0 => "Without kdump it would have stopped until someone restarted it (panic=0)",
            < 0 => "Without kdump it would have restarted at once (panic<0)",
            1 => "Without kdump it would have restarted after 1 second (panic=1)",
            { } seconds => string.Create(CultureInfo.InvariantCulture,
                $"Without kdump it would have restarted after {seconds} seconds (panic={seconds})"),
        };

    private static int? Value(KernelDump kernel, string variable) =>
        kernel.TrySymbolAddress(variable, out var address) && kernel.Memory.TryReadUInt32(address, out var value)
            ? (int)value
            : null;
}

/// <summary>A setting of how the kernel responds to trouble.</summary>
/// <param name="Name">As sysctl names it.</param>
/// <param name="Value">Its value.</param>
public sealed record PanicSetting(string Name, int Value);

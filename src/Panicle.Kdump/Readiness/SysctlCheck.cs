namespace Panicle.Kdump.Readiness;

/// <summary>The settings that decide what makes the kernel panic, and so what is captured at all.</summary>
internal sealed class SysctlCheck : Check
{
    private static readonly (string Name, Func<long, bool> IsGood, string Meaning, string Better)[] Settings =
    [
        ("panic_on_oops", value => value != 0, "an oops kills one process and the machine goes on, damaged: no dump",
            "kernel.panic_on_oops=1"),
        ("panic", value => value != 0, "without a capture, a machine that panicked stays so until somebody comes",
            "kernel.panic=10"),
        ("hung_task_panic", value => value != 0, "tasks that hang for minutes are only told of in the log",
            "kernel.hung_task_panic=1, if a hang is worth a reboot"),
        ("softlockup_panic", value => value != 0, "a CPU that is stuck in the kernel is only told of in the log",
            "kernel.softlockup_panic=1, if a hang is worth a reboot"),
        ("hardlockup_panic", value => value != 0, "a CPU that takes no interrupts is only told of in the log",
            "kernel.hardlockup_panic=1"),
        ("nmi_watchdog", value => value != 0, "a CPU that takes no interrupts isn't noticed",
            "kernel.nmi_watchdog=1, where there are performance counters"),
        ("unknown_nmi_panic", value => value != 0, "the machine's dump button (NMI) does nothing",
            "kernel.unknown_nmi_panic=1, if there is such a button"),
        ("sysrq", value => value == 1
            || (value & 8) != 0, "a hanging machine can't be made to crash by key (sysrq c)", "kernel.sysrq=1, or 8 added to it"),
        ("kexec_load_disabled", value => value == 0, "no capture kernel can be loaded any more until the next boot",
            "load it before kernel.kexec_load_disabled=1 is set"),
    ];

    public override string Name => "sysctl";

    public override IEnumerable<CheckResult> Run(CheckContext context)
    {
        var good = new List<string>();
        foreach (var (name, isGood, meaning, better) in Settings)
        {
            if (context.Root.ReadNumber($"/proc/sys/kernel/{name}") is not { } value)
                continue;
            if (isGood(value))
                good.Add($"{name}={value}");
            else
                yield return new CheckResult("sysctl", StateOf(name, context), $"kernel.{name} = {value}", meaning, better);
        }
        if (good.Count > 0)
            yield return new CheckResult("sysctl", CheckState.Good, string.Join(", ", good));
    }

    private static CheckState StateOf(string name, CheckContext context) => name switch
    {
        "panic_on_oops" => CheckState.Warning,
        "kexec_load_disabled" => context.Kexec.IsLoaded == true ? CheckState.Note : CheckState.Bad,
        _ => CheckState.Note,
    };
}

using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>A panic that says itself what is wrong, for which there is no rule of its own.</summary>
internal sealed class PanicRule : FindingRule
{
    private const string Beginning = "Kernel panic - not syncing: ";

    // Those that have a rule of their own.
    private static readonly string[] Known =
    [
        "sysrq triggered", "softlockup", "hung_task", "RCU Stall", "Out of memory", "System is deadlocked on memory",
        "Attempted to kill init", "panic_on_warn", "hard LOCKUP", "NMI: ", "An NMI", "Fatal exception", "corrupted stack end",
        "Hard LOCKUP", "Asynchronous SError", "CFI failure", "Unable to continue", "Machine check", "machine check",
            "Fatal hardware error", "Machine halted",
    ];

    private static readonly (string Text, OopsKind Kind, string Meaning, string Advice)[] Words =
    [
        ("VFS: Unable to mount root fs", OopsKind.Panic, "The kernel could not mount the root file system",
            "Check root=, rootfstype= and whether the initramfs has the driver of the disk."),
        ("No working init found", OopsKind.Panic, "The kernel found no program to start as the first process",
            "Check init= and whether the root file system has /sbin/init and its libraries."),
        ("Requested init", OopsKind.Panic, "The program given as init= could not be started",
            "Check init=, and the file and its interpreter on the root file system."),
        ("stack-protector: Kernel stack is corrupted", OopsKind.MemoryCorruption,
            "A function found its stack frame overwritten when it returned (stack protector)",
            "An array on the stack of that function, or of one that it called, was written beyond its end."),
        ("Attempted to kill the idle task", OopsKind.Panic, "The idle task died, and the CPU has nothing to run without it",
            "Look at the oops before it."),
        ("Timeout synchronizing machine check", OopsKind.HardwareError, "The processors could not agree on a machine check",
            "The hardware failed: read the machine's own log of events (IPMI SEL)."),
    ];

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        if (!context.Message.StartsWith(Beginning, StringComparison.Ordinal)
            || Known.Any(known => context.Message.Contains(known, StringComparison.Ordinal)))
            yield break;
        // A panic that only follows from an event is told by that event.
        var reason = context.Message[Beginning.Length..];
        if (context.Event is { Kind: not (OopsKind.Panic or OopsKind.HardwareError) }
            && !reason.StartsWith("stack-protector", StringComparison.Ordinal))
            yield break;
        var place = reason.StartsWith("stack-protector", StringComparison.Ordinal) && context.Event?.FullFunction is { } function
            ? $": {function}" : "";
        var (_, kind, meaning, advice) = Words.FirstOrDefault(known => reason.StartsWith(known.Text, StringComparison.Ordinal));
        yield return new Finding(meaning is null ? OopsKind.Panic : kind, meaning is not null ? meaning + place
            : $"The kernel gave up by itself: \"{reason}\" (panic)", Certainty.Certain, FindingRole.Symptom,
            [.. context.Words, .. context.Backtrace("who called panic()")], advice
                ?? "The function above panic() in the backtrace knows why.");
    }
}

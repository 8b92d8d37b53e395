using Panicle.Reports.Oops;

namespace Panicle.Reports.Findings;

/// <summary>A panic that says itself what is wrong, for which there is no rule of its own.</summary>
public sealed class PanicFinding : FindingRule
{
    private const string Beginning = "Kernel panic - not syncing: ";

    // Those that have a rule of their own.
    private static readonly string[] Known =
    [
        "sysrq triggered", "softlockup", "hung_task", "RCU Stall", "Out of memory", "System is deadlocked on memory", "Attempted to kill init", "panic_on_warn",
        "hard LOCKUP", "NMI: ", "An NMI", "Fatal exception", "stack-protector", "corrupted stack end", "Machine check", "machine check",
    ];

    private static readonly (string Text, string Meaning, string Advice)[] Words =
    [
        ("VFS: Unable to mount root fs", "The kernel could not mount the root file system", "Check root=, rootfstype= and whether the initramfs has the driver of the disk."),
        ("No working init found", "The kernel found no program to start as the first process", "Check init= and whether the root file system has /sbin/init and its libraries."),
        ("Requested init", "The program given as init= could not be started", "Check init=, and the file and its interpreter on the root file system."),
    ];

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        if (!context.Message.StartsWith(Beginning, StringComparison.Ordinal) || Known.Any(known => context.Message.Contains(known, StringComparison.Ordinal)))
            yield break;
        var reason = context.Message[Beginning.Length..];
        var (_, meaning, advice) = Words.FirstOrDefault(known => reason.StartsWith(known.Text, StringComparison.Ordinal));
        yield return new Finding(OopsKind.Panic, meaning ?? $"The kernel gave up by itself: \"{reason}\" (panic)", Certainty.Certain, FindingRole.Symptom,
            [.. context.Words, .. context.Backtrace("who called panic()")], advice ?? "The function above panic() in the backtrace knows why.");
    }
}

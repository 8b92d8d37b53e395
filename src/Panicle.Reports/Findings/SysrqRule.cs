using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>Someone asked for the crash: <c>echo c > /proc/sysrq-trigger</c>, or the key.</summary>
internal sealed class SysrqRule : FindingRule
{
    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        var isThere = context.Trace?.Frames.Any(frame =>
            frame.Function?.Name.StartsWith("sysrq_handle_crash", StringComparison.Ordinal) == true) == true;
        if (!isThere && !context.PanickedWith("sysrq triggered crash"))
            yield break;
        var evidence = context.Words.ToList();
        if (isThere)
        {
            var whose = context.Task is { } task ? $" of {FindingContext.NameOf(task)}" : "";
            evidence.Add(new($"sysrq_handle_crash is in the backtrace{whose}", FindingContext.BacktraceCommand));
        }
        yield return new Finding(OopsKind.Panic,
            "The crash was asked for (sysrq): an administrator or a test wanted this dump. It is no fault of the kernel",
            Certainty.Certain, FindingRole.Trigger, evidence,
            "If the machine had been hanging, look at the blocked tasks and at what each CPU did.");
    }
}

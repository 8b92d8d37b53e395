using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>
/// Something slept, or was about to, where the kernel must not: with a spinlock held, or interrupts off (kernel/sched/core.c).
/// </summary>
internal sealed class SleepInAtomicRule : FindingRule
{
    private const int MostLines = 4;

    private static readonly string[] Headlines =
    [
        "BUG: scheduling while atomic",
        "BUG: sleeping function called from invalid context",
    ];
    private static readonly string[] Details = ["in_atomic(): ", "preempt_count: ", "RCU nest depth: ", "Preemption disabled at"];

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        if (context.Event?.Kind != OopsKind.SleepInAtomic || context.LastLine(text =>
            Headlines.Any(headline => text.StartsWith(headline, StringComparison.Ordinal))) is not { } said)
            yield break;
        var details = context.Log.Lines.Where(line => line.Number > said.Number && line.Number <= said.Number + MostLines
            && Details.Any(detail => line.Text.Contains(detail, StringComparison.Ordinal)));
        var isScheduling = said.Text.StartsWith(Headlines[0], StringComparison.Ordinal);
        var function = context.Event.FullFunction is { } name ? $"{name} " : "Something ";
        yield return new Finding(
            OopsKind.SleepInAtomic,
            $"{function}{(isScheduling ? "slept" : "called a function that may sleep")} where that "
                + "is forbidden (sleeping in atomic context)",
            Certainty.Certain, FindingRole.Cause,
            [
                context.Quote(said),
                .. details.Select(context.Quote),
                .. context.Words.Where(word => word != context.Quote(said)),
                .. context.Backtrace("the backtrace"),
            ],
            "Look at the trace: around the function that sleeps, a spinlock is held, or interrupts or preemption are off. "
                + "Use a mutex, or an allocation with GFP_ATOMIC.");
    }
}

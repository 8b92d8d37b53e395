using Panicle.Logs.Events;
using Panicle.Logs.Reading;

namespace Panicle.Reports.Findings;

/// <summary>A warning that was made fatal: panic_on_warn.</summary>
internal sealed class WarningRule : FindingRule
{
    private const int MostLines = 3;

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        // Sleeping in atomic context is a finding of its own.
        if (!context.PanickedWith("panic_on_warn set") || context.Event?.Kind == OopsKind.SleepInAtomic)
            yield break;
        var warning = context.LastLine(text => text.StartsWith("WARNING: ", StringComparison.Ordinal)
            || text.StartsWith("BUG: ", StringComparison.Ordinal)
            || text.StartsWith("UBSAN: ", StringComparison.Ordinal));
        // What the warning says in words comes right before it.
        var words = warning is { } said ? Around(context, said.Number).ToList() : [];
        var refcount = words.Where(line => line.Text.StartsWith("refcount_t: ", StringComparison.Ordinal)).Take(1).ToList();
        var place = context.Fault is { } fault ? $" in {fault.Function}" : "";
        var kind = context.Event?.Kind is { } told and not OopsKind.Panic ? told : KindOf(warning?.Text);
        var (what, term, advice) = ReportedEvent.Words(kind);
        if (kind != OopsKind.Warning && context.Event?.FullFunction is { } function)
            place = $" in {function}";
        List<Evidence> evidence =
        [
            .. refcount.Select(context.Quote),
            .. warning is { } line
                ? new[] { context.Quote(line) }
                : [],
            .. context.Words,
            .. context.Backtrace("the backtrace"),
        ];
        yield return refcount.Count > 0
            ? new Finding(
                OopsKind.Refcount,
                $"A reference count went wrong{(context.Event?.FullFunction is { } user ? $" in {user}" : place)}: "
                    + $"{refcount[0].Text["refcount_t: ".Length..]}", Certainty.Certain, FindingRole.Cause, evidence,
                "Someone gave back a reference too often, or used an object that had none left. A kernel with KASAN shows who.")
            : new Finding(
                kind, kind == OopsKind.Warning ? $"The kernel warned{place}, and was told to die of any warning (panic_on_warn)"
                    : $"{what}{place} ({term}), and the kernel was told to die of any warning (panic_on_warn)",
                Certainty.Certain, FindingRole.Symptom, evidence,
                $"{advice} With panic_on_warn=0 the machine would have gone on.");
    }

    private static OopsKind KindOf(string? text) => text switch
    {
        null => OopsKind.Warning,
        _ when text.Contains("use-after-free", StringComparison.Ordinal) => OopsKind.UseAfterFree,
        _ when text.Contains("out-of-bounds", StringComparison.Ordinal) => OopsKind.OutOfBounds,
        _ when text.StartsWith("UBSAN", StringComparison.Ordinal) => OopsKind.UndefinedBehavior,
        _ => OopsKind.Warning,
    };

    private static IEnumerable<LogLine> Around(FindingContext context, long warning)
    {
        var before = context.Log.Lines.Where(line => line.Number < warning && line.Number + MostLines >= warning)
            .Reverse().TakeWhile(line => !line.Text.StartsWith("------------[ cut", StringComparison.Ordinal)).Reverse();
        return before.Concat(context.Log.Lines.Where(line => line.Number > warning && line.Number <= warning + MostLines));
    }
}

using Panicle.Reports.Oops;

namespace Panicle.Reports.Findings;

/// <summary>A warning that was made fatal: panic_on_warn.</summary>
public sealed class WarningFinding : FindingRule
{
    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        if (!context.PanickedWith("panic_on_warn set"))
            yield break;
        var warning = context.LastRecord(text => text.StartsWith("WARNING: ", StringComparison.Ordinal) || text.StartsWith("BUG: ", StringComparison.Ordinal)
            || text.StartsWith("UBSAN: ", StringComparison.Ordinal));
        // What the warning says in words comes right before it.
        var words = warning is null ? [] : context.Kernel.Log.Records.Where(record => record.Sequence < warning.Sequence && record.Sequence + 4 > warning.Sequence)
            .Reverse().TakeWhile(record => !record.Text.StartsWith("------------[ cut", StringComparison.Ordinal)).Reverse().ToList();
        var isRefcount = words.Concat(warning is null ? [] : Following(context, warning)).FirstOrDefault(record => record.Text.StartsWith("refcount_t: ", StringComparison.Ordinal));
        var place = context.Fault is { } fault ? $" in {FindingContext.FunctionOf(fault.Frame)}" : "";
        List<Evidence> evidence = [.. words.Where(record => record == isRefcount).Select(FindingContext.Quote),
            .. warning is null ? [] : new[] { FindingContext.Quote(warning) }, .. context.Words, new("the backtrace", FindingContext.BacktraceCommand)];
        yield return isRefcount is not null
            ? new Finding(OopsKind.Refcount, $"A reference count went wrong{place}: {isRefcount.Text["refcount_t: ".Length..]}", Certainty.Certain, FindingRole.Cause, evidence,
                "Someone gave back a reference too often, or used an object that had none left. A kernel with KASAN shows who.")
            : new Finding(KindOf(warning?.Text), $"The kernel warned{place}, and was told to die of any warning (panic_on_warn)", Certainty.Certain, FindingRole.Symptom, evidence,
                "Read what the warning checks. With panic_on_warn=0 the machine would have gone on.");
    }

    private static OopsKind KindOf(string? text) => text switch
    {
        null => OopsKind.Warning,
        _ when text.Contains("use-after-free", StringComparison.Ordinal) => OopsKind.UseAfterFree,
        _ when text.Contains("out-of-bounds", StringComparison.Ordinal) => OopsKind.OutOfBounds,
        _ when text.StartsWith("UBSAN", StringComparison.Ordinal) => OopsKind.UndefinedBehavior,
        _ => OopsKind.Warning,
    };

    private static IEnumerable<Kernel.Printk.LogRecord> Following(FindingContext context, Kernel.Printk.LogRecord warning) =>
        context.Kernel.Log.Records.Where(record => record.Sequence > warning.Sequence && record.Sequence - warning.Sequence < 4);
}

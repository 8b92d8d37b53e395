using Panicle.Reports.Oops;

namespace Panicle.Reports.Findings;

/// <summary>The kernel found a state that must not be: BUG() or BUG_ON().</summary>
public sealed class BugFinding : FindingRule
{
    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        const string Beginning = "kernel BUG at ";
        // A corrupted list is a finding of its own.
        if (!context.Message.StartsWith(Beginning, StringComparison.Ordinal) || context.Message.Contains("list_debug.c", StringComparison.Ordinal))
            yield break;
        var place = context.Message[Beginning.Length..].TrimEnd('!');
        var function = context.Fault is { } fault ? $" in {fault.Function}" : "";
        List<Evidence> evidence = [.. context.Words, .. context.Backtrace("the backtrace of the task that found it")];
        if (context.Fault is { Frame: { } frame } site)
            evidence.Add(new($"the code before {site.Place} is the check that failed", $"dis -r {frame.Address:x}"));
        yield return new Finding(OopsKind.Bug, $"A check of the kernel's own failed{function} (BUG at {place})", Certainty.Certain, FindingRole.Symptom, evidence,
            $"Read the condition at {place} in the source of this very version: it says what must never be.");
    }
}

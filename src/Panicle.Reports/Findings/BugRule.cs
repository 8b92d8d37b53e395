using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>The kernel found a state that must not be: BUG() or BUG_ON().</summary>
internal sealed class BugRule : FindingRule
{
    // Files whose checks are nearly all of one kind, and the line that says more.
    private static readonly (string File, string? Line, OopsKind Kind, string What, string Advice)[] WellKnown =
    [
        ("mm/slub.c:", null, OopsKind.InvalidFree,
            "a slab object was freed twice, or a slab's list of free objects was overwritten (double free)",
            "Find out which free is wrong: a kernel with KASAN, or slub_debug=FZPU, prints the trace of both."),
        ("mm/usercopy.c:", "usercopy: ", OopsKind.OutOfBounds,
            "a copy to or from user space went beyond its object (hardened usercopy)",
            "Compare the length that was copied with the object's size."),
        ("lib/string_helpers.c:", "detected buffer overflow in ", OopsKind.OutOfBounds,
            "a string or memory function went beyond its buffer (FORTIFY_SOURCE)",
            "Compare the length with the buffer's size."),
        ("lib/string.c:", "detected buffer overflow in ", OopsKind.OutOfBounds,
            "a string or memory function went beyond its buffer (FORTIFY_SOURCE)",
            "Compare the length with the buffer's size."),
    ];

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        const string Beginning = "kernel BUG at ";
        // A corrupted list is a finding of its own.
        if (!context.Message.StartsWith(Beginning, StringComparison.Ordinal)
            || context.Message.Contains("list_debug.c", StringComparison.Ordinal))
            yield break;
        var place = context.Message[Beginning.Length..].TrimEnd('!');
        var function = context.Fault is { } fault ? $" in {fault.Function}" : "";
        List<Evidence> evidence = [.. context.Words, .. context.Backtrace("the backtrace of the task that found it")];
        if (context.Fault is { Frame: { } frame } site)
            evidence.Add(new($"the code before {site.Place} is the check that failed", $"dis -r {frame.Address:x}"));
        if (WellKnown.FirstOrDefault(known => place.Contains(known.File, StringComparison.Ordinal)) is { File: not null } cause)
        {
            evidence.InsertRange(0, context.InLastWords(text =>
                cause.Line is { } line && text.Contains(line, StringComparison.Ordinal)).TakeLast(1).Select(context.Quote));
            var who = context.Event?.FullFunction is { } name ? $"{name}: " : "";
            yield return new Finding(
                cause.Kind, $"{who}{cause.What} (BUG at {place})", Certainty.Likely, FindingRole.Cause, evidence, cause.Advice);
            yield break;
        }
        yield return new Finding(OopsKind.Bug, $"A check of the kernel's own failed{function} (BUG at {place})",
            Certainty.Certain, FindingRole.Symptom, evidence,
            $"Read the condition at {place} in the source of this very version: it says what must never be.");
    }
}

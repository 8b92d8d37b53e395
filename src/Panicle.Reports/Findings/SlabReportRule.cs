using System.Text.RegularExpressions;
using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>The slab allocator's own checks (mm/slub.c with slub_debug).</summary>
internal sealed partial class SlabReportRule : FindingRule
{
    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        if (context.Event is not { } found || Report().Match(found.Title) is not { Success: true } match)
            yield break;
        var cache = match.Groups["c"].Value;
        var freed = ActorOf(found, "Freed in");
        var allocated = ActorOf(found, "Allocated in");
        List<Evidence> evidence =
        [
            .. context.Headline,
            .. context.EventLines.Where(line => History().IsMatch(line.Text)).Take(3).Select(context.Quote),
        ];
        yield return match.Groups["what"].Value switch
        {
            "Poison overwritten" => new Finding(
                OopsKind.UseAfterFree,
                $"An object of the cache {cache} was written to after {(freed is null ? "it was freed" : $"{freed} freed it")} "
                    + "(poison overwritten)",
                Certainty.Likely, FindingRole.Cause, evidence,
                $"Find who still used it after {freed ?? "the free"}: a timer, work or list that kept its address. The "
                    + "wild write "
                    + "of somebody else is rarer. A kernel with KASAN shows the writer."),
            "Objects remaining" => new Finding(
                OopsKind.MemoryLeak, $"The cache {cache} was destroyed while objects of it were in use"
                    + $"{(allocated is null ? "" : $": {allocated} allocated one")} (objects remaining)",
                Certainty.Certain, FindingRole.Cause, evidence,
                "Who destroys the cache has to free every object before: look for the one that isn't."),
            _ => new Finding(
                OopsKind.OutOfBounds, $"The bytes around an object of the cache {cache} were overwritten"
                    + $"{(allocated is null ? "" : $": {allocated} allocated it")} (redzone)",
                Certainty.Likely, FindingRole.Cause, evidence,
                "Compare the size that was asked for with what is written to the object. A kernel with KASAN shows the writer."),
        };
    }

    private static string? ActorOf(OopsEvent found, string title) => found.Traces
        .FirstOrDefault(trace => trace.Title.Contains(title, StringComparison.Ordinal))?.Frames
        .FirstOrDefault(frame => frame.Function is not null) is { } frame
        ? frame.Module is null ? frame.Function : $"{frame.Function} [{frame.Module}]" : null;

    [GeneratedRegex(@"^BUG:? (?<c>\S+?)(?: \([^)]*\))?: (?<what>Poison overwritten|Objects remaining|(?:Right |Left )?Redzone)",
        RegexOptions.CultureInvariant)]
    private static partial Regex Report();

    [GeneratedRegex(@"^(?:INFO: )?(?:Allocated|Freed) in |First byte ", RegexOptions.CultureInvariant)]
    private static partial Regex History();
}

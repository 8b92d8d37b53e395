using System.Globalization;
using System.Text.RegularExpressions;
using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>One allocation failed (mm/page_alloc.c, warn_alloc()): that isn't yet a machine without memory.</summary>
internal sealed partial class AllocationFailureRule : FindingRule
{
    private const int MostOrder = 20;
    private const uint OldAtomic = 0x20; // __GFP_HIGH alone, before 4.4.

    /// <summary>What the kernel says of such an allocation.</summary>
    internal const string Words = "page allocation failure";

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        if (context.Event is not { } found || Failure().Match(found.Title) is not { Success: true } match
            || !int.TryParse(match.Groups["o"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var order)
            || order > MostOrder)
            yield break;
        var size = context.SizeOfPages(1L << order);
        if (order < 8)
            size = string.Create(CultureInfo.InvariantCulture, $"{(1L << order) * (long)context.PageSize / 1024} KB");
        var flags = match.Groups["f"].Value;
        var mode = uint.TryParse(match.Groups["m"].ValueSpan, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture,
            out var mask) ? mask : 0;
        var isAtomic = flags.Contains("GFP_ATOMIC", StringComparison.Ordinal) || flags.Contains("GFP_NOWAIT",
            StringComparison.Ordinal)
            || (flags.Length == 0 && mode == OldAtomic);
        var who = found.FullFunction is { } function ? $" for {function}" : "";
        var what = order > 0
            ? $"{size} in one piece (order {order}) was not to be had{who}: memory may be free, but in smaller pieces "
                + "(fragmentation)"
            : $"A page was not to be had{who}";
        var atomic = isAtomic ? "; the caller could not wait for memory to be freed (an atomic allocation)" : "";
        List<Evidence> evidence = [.. context.Headline];
        if (flags.Length > 0)
            evidence.Add(new($"what was asked for: {flags}"));
        evidence.AddRange(context.EventLines.Where(line => Zone().IsMatch(line.Text)).Take(2).Select(context.Quote));
        yield return new Finding(
            OopsKind.OutOfMemory, $"{what}{atomic} (page allocation failure)", Certainty.Certain, FindingRole.Symptom, evidence,
            (order, isAtomic) switch
            {
                ( > 0, _) => "Who asks for so much at once should use smaller pieces or vmalloc(), or ask at boot. More "
                    + "memory doesn't "
                    + "help; a larger vm.min_free_kbytes or compaction may.",
                (_, true) => "A single such failure does no harm where the caller tries again (a network driver does). If "
                    + "they are "
                    + "many, raise vm.min_free_kbytes.",
                _ => "See the zones in the report: which was below its limit, and who holds its memory.",
            });
    }

    // "order:8, mode:0x204010", "order:0, mode:0x40a20(GFP_ATOMIC|__GFP_COMP), nodemask=(null)".
    [GeneratedRegex(Words + @": order:(?<o>\d+)(?:, mode:0x(?<m>[0-9a-f]+)(?:\((?<f>[^)]*)\))?)?", RegexOptions.CultureInvariant)]
    private static partial Regex Failure();

    [GeneratedRegex(@"^Node \d+ (?:DMA|DMA32|Normal|HighMem|Movable)\b.*(?:free:|\*4kB)", RegexOptions.CultureInvariant)]
    private static partial Regex Zone();
}

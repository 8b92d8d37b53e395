using System.Globalization;
using System.Text.RegularExpressions;
using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>A page was given back whose counts or flags say that it is in use (mm/page_alloc.c, bad_page()).</summary>
internal sealed partial class BadPageRule : FindingRule
{
    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        if (context.Event is not { } found || !found.Title.StartsWith("BUG: Bad page ", StringComparison.Ordinal))
            yield break;
        var lines = context.EventLines.ToList();
        var reason = lines.Find(line => Reason().IsMatch(line.Text));
        var why = reason.Text is null ? "" : Reason().Match(reason.Text).Groups["w"].Value;
        var page = lines.Find(line => line.Text.StartsWith("page:", StringComparison.Ordinal));
        var references = Count(page.Text, References());
        var mappings = Count(page.Text, Mappings());
        List<Evidence> evidence = [.. context.Headline];
        if (page.Text is not null)
            evidence.Add(context.Quote(page));
        if (reason.Text is not null)
            evidence.Add(context.Quote(reason));
        var counts = references is null or 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" ({references})");
        var (what, advice) = why switch
        {
            _ when why.Contains("mapcount", StringComparison.Ordinal) || (why.Length == 0 && mappings > 0) =>
                ($"A page was freed while it was still mapped{(mappings is { } times ? $" (mapcount {times})" : "")}",
                    "A mapping wasn't taken back, or a reference was given back too often: look at who maps and frees "
                        + "such pages."),
            _ when why.Contains("count", StringComparison.Ordinal) || (why.Length == 0 && references is < 0 or > 0) =>
                ($"A page's reference count is wrong{counts}: "
                    + (references < 0 ? "a reference was given back too often" : "it was freed while somebody held it"),
                    "Look at who takes and gives back references to such pages (get_page, put_page)."),
            _ when why.Contains("mapping", StringComparison.Ordinal) =>
                ("A page was freed that still belonged to a file or to anonymous memory (its mapping is set)",
                    "It was freed too early, or its struct page was overwritten."),
            _ when why.Contains("flag", StringComparison.OrdinalIgnoreCase) =>
                ("A page was freed or allocated with flags that a free page can't have",
                    "It was freed while in use, or its struct page was overwritten; one bit alone may be faulty memory."),
            _ => ("A page's state is impossible: it was freed while in use, or its struct page was overwritten",
                "Look at what the log says of the page: its counts, flags and mapping."),
        };
        yield return new Finding(
            OopsKind.MemoryCorruption, $"{what} (bad page state)", why.Length > 0 ? Certainty.Certain : Certainty.Likely,
            FindingRole.Symptom, evidence, $"{advice} The process in the headline only found it.");
    }

    private static int? Count(string? text, Regex form) => text is not null && form.Match(text) is { Success: true } match
        && int.TryParse(match.Groups[1].ValueSpan, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var count)
        ? count : null;

    [GeneratedRegex(@"^(?:page dumped|bad) because(?: of)?:? (?<w>.*)", RegexOptions.CultureInvariant)]
    private static partial Regex Reason();

    [GeneratedRegex(@"\b(?:ref)?count:(-?\d+)", RegexOptions.CultureInvariant)]
    private static partial Regex References();

    [GeneratedRegex(@"\bmapcount:(-?\d+)", RegexOptions.CultureInvariant)]
    private static partial Regex Mappings();
}

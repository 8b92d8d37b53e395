using Panicle.Logs.Reading;

namespace Panicle.Reports.Findings;

/// <summary>Lines of a log that say the same of one thing.</summary>
/// <param name="Key">The thing: a device, a bank.</param>
/// <param name="Lines">The lines, oldest first.</param>
internal sealed record LineGroup(string Key, IReadOnlyList<LogLine> Lines)
{
    private const int MostQuoted = 2;

    /// <summary>The first and the last line as evidence, and how many there are between.</summary>
    public IEnumerable<Evidence> Quote(FindingContext context)
    {
        yield return context.Quote(Lines[0]);
        if (Lines.Count > MostQuoted)
            yield return new Evidence($"{Lines.Count - MostQuoted} more of the kind");
        if (Lines.Count > 1)
            yield return context.Quote(Lines[^1]);
    }
}

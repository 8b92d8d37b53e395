namespace Panicle.Dumps.Writing;

/// <summary>Pages that are written one after another.</summary>
/// <param name="Part">Which file of a split dump they belong to.</param>
/// <param name="First">The first frame.</param>
/// <param name="End">One past the last.</param>
/// <param name="Index">How many of the part's pages have lower frames than the first.</param>
internal readonly record struct PageStretch(int Part, ulong First, ulong End, long Index);

/// <summary>
/// The order in which pages are written. Mostly that of their frames; but where the format allows it, the pages without which a
/// dump tells nothing come before the others, so that one that is cut off early still does.
/// </summary>
/// <param name="pages">The pages.</param>
/// <param name="listed">Those that the file has a place for, among which they are counted: these, and what is missing.</param>
/// <param name="parts">The ranges of frames that go to different files.</param>
/// <param name="before">The ranges of those that come first, ascending and apart.</param>
internal sealed class PageOrder(
    PageSet pages, PageSet listed, IReadOnlyList<(ulong First, ulong End)> parts,
    IReadOnlyList<(ulong First, ulong End)> before)
{
    public IEnumerable<PageStretch> All()
    {
        for (var part = 0; part < parts.Count; part++)
        {
            foreach (var stretch in Counted(part, Before(part)))
                yield return stretch;
            foreach (var stretch in Counted(part, Others(part)))
                yield return stretch;
        }
    }

    private IEnumerable<PageStretch> Counted(int part, IEnumerable<(ulong First, ulong End)> stretches)
    {
        var at = parts[part].First;
        var index = 0L;
        foreach (var (first, end) in stretches)
        {
            index += (long)listed.CountBetween(at, first);
            yield return new PageStretch(part, first, end, index);
            index += (long)(end - first);
            at = end;
        }
    }

    private IEnumerable<(ulong First, ulong End)> Before(int part)
    {
        var at = parts[part].First;
        foreach (var (first, end) in before)
        {
            foreach (var (from, to) in pages.Runs(Math.Max(first, at), Math.Min(end, parts[part].End)))
            {
                yield return (from, to);
                at = to;
            }
        }
    }

    private IEnumerable<(ulong First, ulong End)> Others(int part)
    {
        var next = 0;
        foreach (var (first, end) in pages.Runs(parts[part].First, parts[part].End))
        {
            for (var at = first; at < end;)
            {
                while (next < before.Count && before[next].End <= at)
                    next++;
                var (from, to) = next < before.Count ? before[next] : (end, end);
                var until = Math.Min(end, from <= at ? to : from);
                if (from > at)
                    yield return (at, until);
                at = until;
            }
        }
    }
}

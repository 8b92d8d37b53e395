using Panicle.Dumps;
using Panicle.Dumps.Writing;
using Panicle.Kernel;
using Panicle.Kernel.Mm;

namespace Panicle.Kdump.Save;

/// <summary>How many pages there are of a use, and how many of them are left out.</summary>
/// <param name="Use">The use.</param>
/// <param name="Pages">Pages of it in the machine's memory.</param>
/// <param name="LeftOut">Those that this filter leaves out; those that were missing already don't count.</param>
public sealed record FilteredUse(PageUse Use, long Pages, long LeftOut);

/// <summary>Which pages of a dump to keep at a filter level, checked against what the kernel says of itself.</summary>
internal sealed class PageFilter
{
    /// <summary>
    /// Counters of the kernel's lag behind by what CPUs have not added yet: as much as this in pages, and a part.
    /// </summary>
    private const long TolerablePages = 1024;
    private const double TolerablePart = 0.05;

    private readonly DumpFile _dump;
    private readonly List<string> _notes = [];
    private readonly HashSet<PageUse> _distrusted = [];

    private Action? _working;

    private PageFilter(DumpFile dump, PageSet present, PageSet? missing)
    {
        _dump = dump;
        Kept = present;
        Missing = missing;
    }

    /// <summary>The frames whose pages are to be written.</summary>
    public PageSet Kept { get; private set; }

    /// <summary>
    /// The frames whose pages were to be written and are missing from the input; null for none.
    /// </summary>
    public PageSet? Missing { get; private set; }

    /// <summary>Whether pages could be told apart; if not, all are kept.</summary>
    public bool IsFiltered { get; private set; }

    /// <summary>The uses of memory; empty where nothing was filtered.</summary>
    public IReadOnlyList<FilteredUse> Uses { get; private set; } = [];

    /// <summary>
    /// The frames of pages that a dump is worthless without, in ascending ranges;
    /// empty where the kernel in the dump can't be read.
    /// </summary>
    public IReadOnlyList<(ulong First, ulong End)> Needed { get; private set; } = [];

    /// <summary>What was found wrong, and what it means for the dump, each a sentence.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Decides for every page of the machine whether it is kept.</summary>
    /// <param name="dump">The dump.</param>
    /// <param name="kernel">The kernel in it, or null where it can't be analysed.</param>
    /// <param name="level">makedumpfile's dump level.</param>
    /// <param name="present">The frames whose pages are there.</param>
    /// <param name="missing">Those whose pages should be and aren't; null for none.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <param name="working">Is told now and then that it goes on.</param>
    public static PageFilter Make(
        DumpFile dump, KernelDump? kernel, int level, PageSet present, PageSet? missing = null,
        Action? working = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(dump);
        ArgumentNullException.ThrowIfNull(present);
        var filter = new PageFilter(dump, present, missing) { _working = working };
        if ((level & ~FilterLevel.Zero) == 0)
        {
            filter.FindNeeded(kernel, cancellation);
            return filter;
        }
        if (kernel is null)
        {
            filter._notes.Add($"level {level} can't be applied, since the kernel in the dump can't be read: all pages are kept");
            return filter;
        }
        try
        {
            filter.Apply(kernel, level, present, missing, cancellation);
        }
        catch (Exception failure) when (failure is KernelReadException or DumpException)
        {
            filter.Kept = present;
            filter.Missing = missing;
            filter._notes.Add($"pages can't be told apart, so all are kept: {failure.Message}");
        }
        return filter;
    }

    /// <summary>No filter at all.</summary>
    public static PageFilter KeepAll(DumpFile dump, PageSet present, PageSet? missing) => new(dump, present, missing);

    /// <summary>Nothing is filtered: what is needed only is to come first.</summary>
    private void FindNeeded(KernelDump? kernel, CancellationToken cancellation)
    {
        if (kernel is not null)
            Needed = Ranges([.. new NeededPages(kernel, _working).All(cancellation).Select(static page => page.Frame)]);
    }

    private void Apply(KernelDump kernel, int level, PageSet present, PageSet? missing, CancellationToken cancellation)
    {
        var classes = new PageClasses(kernel);
        var counts = Classify(classes, level, present, missing, cancellation);
        Check(kernel, classes, counts);
        if (_distrusted.Any(use => FilterLevel.Drops(level, use)))
            counts = Classify(classes, level, present, missing, cancellation);
        IsFiltered = true;
        KeepNeeded(kernel, present, cancellation);
        Uses = counts;
    }

    /// <summary>Makes <see cref="Kept"/> and counts.</summary>
    private List<FilteredUse> Classify(
        PageClasses classes, int level, PageSet present, PageSet? missing, CancellationToken cancellation)
    {
        Kept = present.Clone();
        Missing = missing?.Clone();
        var pages = new long[(int)PageUse.Unknown + 1];
        var leftOut = new long[pages.Length];
        foreach (var (first, count, use) in classes.Walk(_dump.MachineRanges(), cancellation))
        {
            _working?.Invoke();
            pages[(int)use] += (long)count;
            if (!FilterLevel.Drops(level, use) || _distrusted.Contains(use))
                continue;
            leftOut[(int)use] += (long)Kept.CountBetween(first, first + count);
            Kept.Remove(first, count);
            Missing?.Remove(first, count);
        }
        return [.. Enum.GetValues<PageUse>().Select(use => new FilteredUse(use, pages[(int)use], leftOut[(int)use]))
            .Where(use => use.Pages > 0)];
    }

    /// <summary>Compares with the kernel's own counters; a use with more pages than the kernel knew of isn't believed.</summary>
    private void Check(KernelDump kernel, PageClasses classes, List<FilteredUse> counts)
    {
        foreach (var loss in classes.Losses)
            _notes.Add($"{loss}; the pages there are kept");
        if (classes.BrokenFreeBlocks > 0)
            _notes.Add($"{classes.BrokenFreeBlocks} blocks of free pages have a size or place that can't be: they are kept");
        if (CountOf(PageUse.Unknown) is > 0 and var unknown)
            _notes.Add($"{unknown} pages can't be told apart, since their struct page can't be read: they are kept");
        if (CountOf(PageUse.Slab) == 0)
        {
            _notes.Add(
                "no page of a slab cache was found, which can't be: "
                    + "the cache's and the processes' pages are kept, since slab pages may be among them");
            _distrusted.UnionWith([PageUse.Cache, PageUse.PrivateCache, PageUse.User]);
        }
        var statistics = kernel.Mm.Statistics;
        Compare("free pages", () => statistics.Free, PageUse.Free);
        Compare("pages of the page cache", () => statistics.NodeCounter("NR_FILE_PAGES"), PageUse.Cache, PageUse.PrivateCache);
        Compare("pages of processes", () => statistics.Anonymous + statistics.SwapCached + statistics.HugeTotal, PageUse.User);

        void Compare(string what, Func<long> read, params PageUse[] uses)
        {
            var found = uses.Sum(CountOf);
            long counted;
            try
            {
                counted = read();
            }
            catch (Exception failure) when (failure is KernelReadException or DumpException)
            {
                _notes.Add($"the number of {what} could not be checked: {failure.Message}");
                return;
            }
            var tolerance = TolerablePages + (long)(counted * TolerablePart);
            if (found > counted + tolerance)
            {
                _notes.Add(
                    $"{found} {what} were found where the kernel counted {counted}: "
                        + "they are kept, since something else is taken for them");
                _distrusted.UnionWith(uses);
            }
            else if (uses.Contains(PageUse.Free) && found < counted - tolerance)
            {
                _notes.Add($"{found} {what} were found where the kernel counted {counted}: the others are kept");
            }
        }

        long CountOf(PageUse use) => counts.Find(count => count.Use == use)?.Pages ?? 0;
    }

    private void KeepNeeded(KernelDump kernel, PageSet present, CancellationToken cancellation)
    {
        var needed = new NeededPages(kernel, _working);
        var frames = new List<ulong>();
        var saved = new Dictionary<string, long>();
        foreach (var (frame, what) in needed.All(cancellation))
        {
            frames.Add(frame);
            if (!present.Contains(frame) || Kept.Contains(frame))
                continue;
            Kept.Add(frame);
            saved[what] = saved.GetValueOrDefault(what) + 1;
        }
        Needed = Ranges(frames);
        foreach (var (what, count) in saved)
            _notes.Add($"{count} pages of {what} looked as if they could be left out: they are kept");
        _notes.AddRange(needed.Losses.Select(static loss => loss.ToString()));
    }

    private static List<(ulong First, ulong End)> Ranges(List<ulong> frames)
    {
        frames.Sort();
        var ranges = new List<(ulong First, ulong End)>();
        foreach (var frame in frames)
        {
            if (ranges.Count > 0 && frame <= ranges[^1].End)
                ranges[^1] = (ranges[^1].First, frame + 1);
            else
                ranges.Add((frame, frame + 1));
        }
        return ranges;
    }
}

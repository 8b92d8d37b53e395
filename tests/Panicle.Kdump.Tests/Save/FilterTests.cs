using Panicle.Dumps.Writing;
using Panicle.Kdump.Save;
using Panicle.Kernel;
using Panicle.Kernel.Mm;

namespace Panicle.Kdump.Tests.Save;

/// <summary>What filter levels leave out. How right that is page by page, the truth tests see, on unfiltered dumps.</summary>
public sealed class FilterTests
{
    private static readonly int[] SomeLevels = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 16, 31];

    [Theory]
    [InlineData(PageUse.Cache, "2 3 4 5 6 7 10 31")]
    [InlineData(PageUse.PrivateCache, "4 5 6 7 31")]
    [InlineData(PageUse.User, "8 9 10 31")]
    [InlineData(PageUse.Free, "16 31")]
    [InlineData(PageUse.Offline, "2 3 4 5 6 7 8 9 10 16 31")]
    [InlineData(PageUse.Kernel, "")]
    [InlineData(PageUse.Slab, "")]
    [InlineData(PageUse.PageTable, "")]
    [InlineData(PageUse.Unknown, "")]
    public void Levels(PageUse use, string levels) =>
        Assert.Equal(levels, string.Join(' ', SomeLevels.Where(level => FilterLevel.Drops(level, use))));

    /// <summary>
    /// The kernel's types and VMCOREINFO alone lead to the same, but for page tables, which VMCOREINFO doesn't know.
    /// </summary>
    [Theory, InlineData("null-deref"), InlineData("sysrq")]
    public void Vmcore_info_is_enough(string name)
    {
        using var sample = new SampleDump(name);
        using var kernel = KernelDump.Open([sample.Path]);
        var withTypes = Uses(new PageClasses(kernel));
        var without = Uses(new PageClasses(kernel, withTypes: false));
        Assert.Equal(withTypes, without);
        // What the dump was filtered by is known to have been there.
        Assert.True(withTypes[PageUse.Free] > 20000, $"{withTypes[PageUse.Free]}");
        Assert.True(withTypes[PageUse.User] > 500, $"{withTypes[PageUse.User]}");
        Assert.True(withTypes[PageUse.Cache] > 2000, $"{withTypes[PageUse.Cache]}");
        Assert.True(withTypes[PageUse.Slab] > 2000, $"{withTypes[PageUse.Slab]}");
    }

    /// <summary>A dump that was filtered by level 31 loses nothing when it is filtered again.</summary>
    [Fact]
    public void Filtering_again_leaves_all_that_is_there()
    {
        using var sample = new SampleDump();
        using var kernel = KernelDump.Open([sample.Path]);
        var present = new PageSet(kernel.Dump.Limit / 4096);
        foreach (var range in kernel.Dump.PresentRanges())
            present.Add(range.Start / 4096, range.Length / 4096);
        var filter = PageFilter.Make(kernel.Dump, kernel, 31, present);
        Assert.True(filter.IsFiltered);
        Assert.Empty(filter.Notes);
        Assert.Equal(present.Count, filter.Kept.Count);
    }

    private static Dictionary<PageUse, ulong> Uses(PageClasses classes)
    {
        var uses = new Dictionary<PageUse, ulong>();
        foreach (var (_, count, use) in classes.Walk([new AddressRange(0, 336UL << 20)]))
        {
            var known = use == PageUse.PageTable ? PageUse.Kernel : use;
            uses[known] = uses.GetValueOrDefault(known) + count;
        }
        return uses;
    }
}

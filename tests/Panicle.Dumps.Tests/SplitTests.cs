namespace Panicle.Dumps.Tests;

/// <summary>Split sets: parts in any order, missing, given twice, of different dumps.</summary>
public class SplitTests
{
    [Fact]
    public void Parts_may_come_in_any_order()
    {
        var parts = SmallDump.Make("split");
        using var dump = TestData.Open(parts[1], parts[0]);
        Assert.Equal(SmallDump.Pages, TestData.PagesOf(dump));
        Assert.Equal(TestData.ReadPage(SmallDump.Dump, SmallDump.Pages[^1]), TestData.ReadPage(dump, SmallDump.Pages[^1]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_missing_part_costs_its_pages_only(int given)
    {
        using var dump = TestData.Open(SmallDump.Make("split")[given]);
        Assert.Contains(
            dump.Problems, problem => problem.Contains("parts of the split dump are missing", StringComparison.Ordinal));
        var there = given == 0 ? SmallDump.Pages[0] : SmallDump.Pages[^1];
        var gone = given == 0 ? SmallDump.Pages[^1] : SmallDump.Pages[0];
        Assert.Equal(TestData.ReadPage(SmallDump.Dump, there), TestData.ReadPage(dump, there));
        Assert.False(dump.TryRead(gone * TestData.Page, new byte[1], out var fault));
        Assert.Equal(PageState.BeyondEnd, fault.State);
        Assert.Contains("wasn't given", fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Whole_dumps_dont_make_a_set()
    {
        var error = Assert.Throws<DumpException>(() =>
            TestData.Open(SmallDump.Make("kdump zstd")[0], SmallDump.Make("kdump lzo")[0]));
        Assert.Contains("not a part of a split one", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<DumpException>(() => TestData.Open(SmallDump.Make("split")[0], SmallDump.Make("ELF")[0]));
        Assert.Contains("Name one dump", error.Message, StringComparison.Ordinal);
    }
}

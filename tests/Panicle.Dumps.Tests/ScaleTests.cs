using System.Diagnostics;
using Panicle.TestTools;

namespace Panicle.Dumps.Tests;

/// <summary>A dump of a machine with much memory costs no more than its bitmaps.</summary>
public sealed class ScaleTests : IDisposable
{
    private const int Gigabytes = 256;
    private const int Every = 8192;

    private readonly string _directory = Directory.CreateTempSubdirectory("panicle-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_large_machine_opens_at_once(bool flattened)
    {
        var path = Path.Combine(_directory, "large");
        LargeMachine.Make(TestData.PathOf("small.kdump"), path, Gigabytes, Every);
        if (flattened)
        {
            LargeMachine.Flatten(path, path + ".flat", 100_000);
            path += ".flat";
        }
        var before = GC.GetAllocatedBytesForCurrentThread();
        var clock = Stopwatch.StartNew();
        using var dump = DumpReader.Open(path);
        Assert.Equal((ulong)Gigabytes << 30, dump.Limit);
        foreach (var page in SmallDump.Pages)
            Assert.Equal(TestData.ReadPage(SmallDump.Dump, page), TestData.ReadPage(dump, page));
        // The highest page in the dump needs the rank over all of the bitmap.
        var top = TestData.PagesOf(dump)[^1];
        Assert.True(top > dump.Limit / TestData.Page * 9 / 10);
        Assert.Equal(new byte[TestData.Page], TestData.ReadPage(dump, top));
        Assert.Equal(PageState.Excluded, dump.StateOf((top + 1) * TestData.Page));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 32 << 20);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10));
    }
}

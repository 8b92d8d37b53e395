namespace Panicle.Dumps.Tests;

/// <summary>Finding the kernel's note where the file doesn't carry it.</summary>
public class VmcoreInfoScanTests
{
    [Theory]
    [InlineData("kdump v2")]
    [InlineData("QEMU ELF")]
    public void The_note_is_found_in_memory(string format)
    {
        using var dump = TestData.Open(SmallDump.Make(format));
        Assert.Null(dump.VmcoreInfo);
        var found = VmcoreInfoScan.Find(dump, TestContext.Current.CancellationToken);
        Assert.Equal("6.1.0-56-cloud-amd64", found?.Release);
        // The note in the file also has the time of the crash.
        Assert.Subset(SmallDump.Dump.VmcoreInfo!.Lines.Keys.ToHashSet(), found!.Lines.Keys.ToHashSet());
    }

    [Fact]
    public void Without_it_there_is_none()
    {
        var pages = SmallDump.Pages.Where(page =>
            !TestData.ReadPage(SmallDump.Dump, page).AsSpan().StartsWith("OSRELEASE="u8)).ToArray();
        using var dump = TestData.Open(SmallDump.Make("ELF", pages));
        Assert.Null(VmcoreInfoScan.Find(dump, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_search_can_be_stopped()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => VmcoreInfoScan.Find(SmallDump.Dump, stop.Token));
    }
}

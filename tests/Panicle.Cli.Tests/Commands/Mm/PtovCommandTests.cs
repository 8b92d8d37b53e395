namespace Panicle.Cli.Tests.Commands.Mm;

public sealed class PtovCommandTests : IDisposable
{
    private readonly SampleDump _dump = SampleDump.NullDeref();

    public void Dispose() => _dump.Dispose();

    [Fact]
    public void Physical_to_virtual_and_back()
    {
        Assert.Equal("ffff8adb81000000  1000000         ", _dump.Run("ptov 1000000").Lines[1]);
        Assert.StartsWith("ffff8adb81000000  1000000", _dump.Run("vtop ffff8adb81000000").Lines[1]);
    }

    [Fact]
    public void Per_cpu_offsets() => Assert.Equal("  [1]  ffff8adb93331980", _dump.Run("ptov runqueues:1").Lines[2]);

    [Fact]
    public void Past_the_end_of_memory() => Assert.Contains("past the end of memory", _dump.Run("ptov ffffffff0000").Errors);
}

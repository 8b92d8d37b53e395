namespace Panicle.Cli.Tests.Commands.Mm;

public sealed class VmCommandTests : IDisposable
{
    private readonly SampleDump _dump = SampleDump.NullDeref();

    public void Dispose() => _dump.Dispose();

    [Fact]
    public void Areas_of_a_process()
    {
        var ran = _dump.Run("vm 1");
        Assert.Equal("", ran.Errors);
        Assert.Equal("ffff8adb81055f80  ffff8adb94e78000   1732k      2328k", ran.Lines[2]);
        Assert.Equal(10, AreasIn(ran));
        Assert.Equal("ffff8adb94fcf5f0        401000       595000  8000075 /bin/busybox", ran.Lines[5]);
    }

    [Theory]
    [InlineData("vm -R 401fff 1", 1)]
    [InlineData("vm -R busybox 1", 5)]
    [InlineData("vm -R ffff8adb94fcf5f0 1", 1)]
    public void A_reference_chooses_areas(string line, int count) => Assert.Equal(count, AreasIn(_dump.Run(line)));

    // The lines above them tell of the task.
    private static int AreasIn(Ran ran) => ran.Lines.Length - 4;

    [Fact]
    public void Tasks_without_one_that_is_wanted_are_left_out() => Assert.Empty(_dump.Run("vm -R nosuchfile 1 2").Output);

    [Fact]
    public void A_thread_of_the_kernel_has_none() =>
        Assert.Equal("               0                 0      0k         0k", _dump.Run("vm 2").Lines[^1]);

    [Fact]
    public void Pages_have_their_physical_address_or_the_reason_why_not()
    {
        var ran = _dump.Run("vm -p -R 7fff4b6f3000 1");
        Assert.Contains("7fff4b6f3000      (not mapped)", ran.Output, StringComparison.Ordinal);
        Assert.Contains(ran.Lines, line => line.StartsWith("7fff4b7", StringComparison.Ordinal) && !line.Contains('('));
    }
}

namespace Panicle.Kernel.Tests;

public class LogTests
{
    [Theory]
    [MemberData(nameof(Samples.Names), MemberType = typeof(Samples))]
    public void The_whole_ring_is_read_in_order(string name)
    {
        var log = Samples.Named(name).Log;
        Assert.Empty(log.Losses);
        Assert.StartsWith("Linux version 6.", log.Records[0].Text);
        Assert.Equal(Enumerable.Range(0, log.Records.Count).Select(i => log.Records[0].Sequence + (ulong)i),
            log.Records.Select(record => record.Sequence));
    }

    [Fact]
    public void Levels_are_the_kernels()
    {
        var log = Samples.NullDeref.Log;
        var bug = Assert.Single(
            log.Records, record => record.Text.StartsWith("BUG: kernel NULL pointer dereference", StringComparison.Ordinal));
        Assert.Equal(1, bug.Level); // KERN_ALERT
        Assert.Equal("CR2: 0000000000000000", log.Records[^1].Text);
    }
}

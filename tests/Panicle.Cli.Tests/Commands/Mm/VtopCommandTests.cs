namespace Panicle.Cli.Tests.Commands.Mm;

public sealed class VtopCommandTests : IDisposable
{
    private readonly SampleDump _dump = SampleDump.NullDeref();

    public void Dispose() => _dump.Dispose();

    [Fact]
    public void A_kernel_address_with_its_tables()
    {
        var entry = _dump.Run("vtop linux_banner --json").Result.GetProperty("addresses")[0];
        Assert.Equal("0xc91ffe0", entry.GetProperty("physical").GetString());
        Assert.Equal(["PGD", "PUD", "PMD"], entry.GetProperty("steps").EnumerateArray().Select(step =>
            step.GetProperty("level").GetString()!));
        Assert.Equal(2UL << 20, entry.GetProperty("pageSize").GetUInt64());
        Assert.Contains("NX", entry.GetProperty("flags").EnumerateArray().Select(flag => flag.GetString()));
        Assert.Equal("0xc91f000", entry.GetProperty("page").GetProperty("physical").GetString());
    }

    [Fact]
    public void Five_levels()
    {
        using var dump = SampleDump.Sysrq();
        Assert.Contains("   P4D: ba26ff8 => ba27067", dump.Run("vtop linux_banner").Lines);
    }

    [Fact]
    public void A_user_address_with_its_area()
    {
        var lines = _dump.Run("vtop -c 1 401000").Lines;
        Assert.Contains(lines, line => line.EndsWith(" /bin/busybox", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.EndsWith("(PRESENT|USER|ACCESSED)", StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_not_mapped_says_so() => Assert.Contains("(not mapped)", _dump.Run("vtop -c 1 10").Output);

    [Fact]
    public void A_kernel_thread_has_no_user_memory() =>
        Assert.Contains("it is a thread of the kernel", _dump.Run("vtop -c 2 401000").Errors);
}

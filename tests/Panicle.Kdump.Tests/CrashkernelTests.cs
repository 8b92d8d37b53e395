using Panicle.Kdump.Crashkernel;

namespace Panicle.Kdump.Tests;

public class CrashkernelTests
{
    private const string Rhel9 = "1G-4G:192M,4G-64G:256M,64G-:512M";

    // From the article "Debug Linux crash with kdump"; the end of the last range lacks its unit.
    private const string Article = "1G-4G:192M,2G-64G:256M,4G-64G:256M,64G-256G:512M,256G-1024:1G";

    private static CrashkernelReservation Evaluate(string text, string memory, string machine = "x86_64", string release = "")
    {
        Assert.True(MemorySize.TryParse(memory, out var bytes));
        return CrashkernelEvaluation.Of(CrashkernelArgument.ParseGiven(text), bytes, machine, release);
    }

    [Theory]
    [InlineData("256M", null)]
    [InlineData("256m", null)]
    [InlineData("512M,high 128M,low", null)]
    [InlineData("crashkernel=512M,high 128M,low", "'128M,low' is no crashkernel=")]
    [InlineData("1G-4G:192M,4G-:256M@16M", null)]
    [InlineData("256M,cma 64M", null)]
    [InlineData("256M foo=bar", "'foo=bar' is no crashkernel=")]
    [InlineData("64M,low", "'64M,low' reserves nothing by itself")]
    [InlineData("256M,cma", "'256M,cma' reserves nothing by itself")]
    [InlineData("0", "'0' reserves nothing by itself")]
    [InlineData("4G-:0", "'4G-:0' reserves nothing by itself")]
    [InlineData("99999999999999G", "'99999999999999G' is no amount of memory that there is")]
    [InlineData("1G-99999999999999G:64M", "'99999999999999G' is no amount of memory that there is")]
    [InlineData("G", "'G' is no amount of memory that there is")]
    public void What_is_to_be_written_to_a_command_line_is_a_reservation_and_nothing_else(string text, string? problem) =>
        Assert.Equal(problem, CrashkernelArgument.Problem(text));

    [Theory]
    [InlineData("256M", "8G", "256M")]
    [InlineData("0x10000000", "8G", "256M")]
    [InlineData("01000M", "8G", "512M")] // octal
    [InlineData("262144k", "8G", "256M")]
    [InlineData("128M@16M", "8G", "128M")]
    [InlineData(Rhel9, "512M", "0")]
    [InlineData(Rhel9, "1G", "192M")]
    [InlineData(Rhel9, "4G", "256M")]
    [InlineData(Rhel9, "64G", "512M")]
    [InlineData("384M-:128M", "24G", "128M")]
    [InlineData("384M-2G:64M,2G-:128M@16M", "2G", "128M")]
    [InlineData("384M-:128M", "200M", "0")]
    [InlineData(Article, "8G", "256M")]
    [InlineData(Article, "512G", "0")]
    [InlineData("crashkernel=128M crashkernel=256M", "8G", "256M")]
    [InlineData("crashkernel=512M,high crashkernel=256M", "8G", "256M")]
    [InlineData("root=/dev/vda1 crashkernel=128M quiet", "8G", "128M")]
    [InlineData("crashkernel=128M crashkernel=bad", "8G", "0")]
    [InlineData("root=/dev/vda1 quiet", "8G", "0")]
    public void Reserves_what_the_kernel_reserves(string text, string memory, string size) =>
        Assert.Equal(size, MemorySize.Format(Evaluate(text, memory).Size));

    [Theory]
    [InlineData("256M-:128M@", "1G", "0")] // An address must stand after the '@' of ranges,
    [InlineData("256M-:128M@x", "1G", "0")]
    [InlineData("256M-:128M@M", "1G", "128M")] // and a letter alone is one,
    [InlineData("256M-512M:64M,512M-:0@", "1G", "0")]
    [InlineData("128M@", "1G", "128M")] // but after that of a size anything may stand.
    [InlineData("128M@x", "1G", "128M")]
    [InlineData("128M@16Mx", "1G", "128M")]
    [InlineData("128M@16E", "1G", "128M")] // 2^64 is 0
    [InlineData("16E", "1G", "0")]
    [InlineData("M", "1G", "0")]
    [InlineData("08M", "1G", "0")] // octal: a 0, and '8M' is left over
    [InlineData("256M-:128M,bad", "1G", "128M")] // The range that fits ends the reading.
    [InlineData("1G-2G:64M@16M,2G-:128M@16M", "3G", "0")] // An '@' ends the ranges.
    [InlineData("1G-4G:64M,4G-:128M@16M", "2G", "64M")]
    [InlineData("256M,high 128M,low", "8G", "256M")]
    [InlineData("crashkernel=128M crashkernel=bad,high", "8G", "128M")]
    [InlineData("crashkernel=256M,high crashkernel=bad,low", "8G", "0")]
    [InlineData("crashkernel=0,high", "8G", "0")]
    [InlineData("256M,high@16M", "8G", "0")]
    [InlineData("256M@16M,high", "8G", "0")]
    [InlineData("1G-:256M,high", "8G", "0")]
    [InlineData("x=\"a crashkernel=128M b\"", "8G", "128M")] // The kernel looks for the letters alone.
    [InlineData("mycrashkernel=128M", "8G", "128M")]
    [InlineData("crashkernel=\"128M\"", "8G", "0")]
    [InlineData("600M", "512M", "0")]
    [InlineData("256M@17M", "8G", "0")]
    [InlineData("256M@960M", "1G", "0")]
    public void Reads_what_is_odd_as_the_kernel_does(string text, string memory, string size) =>
        Assert.Equal(size, MemorySize.Format(Evaluate(text, memory).Size));

    [Theory]
    [InlineData("256M@17M", "6.1.0-9-amd64", "256M")]
    [InlineData("256M@17M", "6.12.1", "0")]
    [InlineData("crashkernel=8G-:256M crashkernel=512M,high", "6.1.0", "512M")]
    [InlineData("crashkernel=8G-:256M crashkernel=512M,high", "6.7.0-rc1", "0")]
    [InlineData("crashkernel=256M,high crashkernel=bad,low", "5.14.0", "256M")]
    [InlineData("crashkernel=256M crashkernel=512M,cma", "6.12.30", "0")]
    [InlineData("crashkernel=512M,cma crashkernel=256M", "6.12.30", "256M")]
    [InlineData("crashkernel=256M crashkernel=512M,cma", "6.17.0", "256M")]
    public void Reads_as_that_kernel_does(string text, string release, string size) =>
        Assert.Equal(size, MemorySize.Format(Evaluate(text, "7G", release: release).Size));

    [Theory]
    [InlineData("16E")]
    [InlineData("99999999999999999999")]
    [InlineData("17179869184G")]
    [InlineData("M")]
    public void A_memory_that_is_none_is_refused(string text) => Assert.False(MemorySize.TryParse(text, out _));

    [Fact]
    public void The_largest_memory_is_counted() => Assert.Equal("128M", MemorySize.Format(Evaluate("1G-:128M", "15E").Size));

    [Fact]
    public void A_machine_whose_firmware_keeps_some_memory_still_is_in_its_range() =>
        Assert.Equal("256M", MemorySize.Format(Evaluate(Rhel9, "4000M").Size)); // 4000M rounds up to 4096M

    [Theory]
    [InlineData("x86_64", "256M")]
    [InlineData("aarch64", "128M")]
    public void High_brings_low_memory_of_the_kernels_choice(string machine, string low)
    {
        var result = Evaluate("crashkernel=512M,high", "64G", machine);
        Assert.Equal("512M", MemorySize.Format(result.Size));
        Assert.Equal(low, MemorySize.Format(result.Low));
        Assert.Empty(result.Problems);
    }

    [Fact]
    public void High_low_and_cma_add_up() =>
        Assert.Equal(
            "1G", MemorySize.Format(Evaluate("crashkernel=512M,high crashkernel=128M,low crashkernel=384M,cma", "64G").Total));

    [Theory]
    [InlineData("256", "8G", "the unit (M) is missing")]
    [InlineData("auto", "8G", "RHEL 8")]
    [InlineData("256M,hihg", "8G", "neither ,high nor ,low nor ,cma")]
    [InlineData("192K", "8G", "192K is too little for any kernel; is M meant?")]
    [InlineData("1G-:64K", "8G", "64K is too little for any kernel; is M meant?")]
    [InlineData("256M,low,high", "8G", "one alone of ,high ,low and ,cma")]
    [InlineData("90000000000G", "8G", "it keeps the lower 64 bits")]
    [InlineData("256MB", "8G", "'B' is left over after 256M")]
    [InlineData("crashkernel=128M,low", "8G", "only beside crashkernel=SIZE,high")]
    [InlineData("crashkernel=512M,high crashkernel=256M", "8G", "is ignored beside crashkernel=256M")]
    [InlineData("256M@17M", "8G", "not a multiple of 16M")]
    [InlineData("128M@x", "8G", "no address stands after '@'")]
    [InlineData("256M-:128M@", "8G", "an address is expected after '@'")]
    [InlineData("256M@8G", "8G", "ends beyond the machine's memory")]
    [InlineData("1G-4G:192M,8G-:256M", "6G", "from 4G to 8G falls into no range")]
    [InlineData("1G-4G:192M,2G-:256M", "8G", "2G-:256M overlaps 1G-4G:192M")]
    [InlineData("4G:256M", "8G", "'-' is expected where ':256M' stands")]
    [InlineData("1G-:2G", "2G", "less than the machine's memory")]
    [InlineData("600M", "1G", "half of the machine's memory")]
    [InlineData(Article, "8G", "1024G is meant?")]
    public void Says_what_is_wrong(string text, string memory, string problem) =>
        Assert.Contains(Evaluate(text, memory).Problems, found => found.Contains(problem, StringComparison.Ordinal));

    [Theory]
    [InlineData("256M")]
    [InlineData(Rhel9)]
    [InlineData("384M-:128M")]
    [InlineData("crashkernel=512M,high crashkernel=128M,low")]
    public void Says_nothing_where_nothing_is_wrong(string text) => Assert.Empty(Evaluate(text, "128G").Problems);

    [Fact]
    public void Any_text_is_read_without_an_exception()
    {
        const string Letters = "0123456789GMKx-:,@ highlowcma=crashkernel";
        var random = new Random(5);
        for (var round = 0; round < 20_000; round++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(24)).Select(_ => Letters[random.Next(Letters.Length)])]);
            Evaluate(text, "8G");
        }
    }
}

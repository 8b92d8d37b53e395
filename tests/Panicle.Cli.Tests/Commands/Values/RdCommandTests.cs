namespace Panicle.Cli.Tests.Commands.Values;

public sealed class RdCommandTests : IDisposable
{
    private readonly SampleDump _dump = SampleDump.NullDeref();

    public void Dispose() => _dump.Dispose();

    [Fact]
    public void Words_and_their_text() => Assert.Equal(
        """
        ffffffffa1d1ffe0:  65762078756e694c 2e36206e6f697372   Linux version 6.
        ffffffffa1d1fff0:  632d36352d302e31 646d612d64756f6c   1.0-56-cloud-amd

        """, Sample("rd linux_banner 4"), ignoreLineEndingDifferences: true);

    [Theory]
    [InlineData("rd -8 linux_banner 5", "4c 69 6e 75 78                                    Linux")]
    [InlineData("rd -16 linux_banner 2", "694c 756e                                 Linu")]
    [InlineData("rd -32 linux_banner 1", "756e694c                              Linu")]
    [InlineData("rd -64 -x linux_banner", "65762078756e694c ")]
    [InlineData("rd -N -32 linux_banner", "4c696e75 ")]
    [InlineData("rd -d -8 linux_banner 2", "  76  105 ")]
    [InlineData("rd -o 6 -a linux_banner 7", "version")]
    [InlineData("x/2xb linux_banner", "4c 69                                             Li")]
    public void Units(string line, string expected) => Assert.EndsWith(":  " + expected, Sample(line).TrimEnd('\n'));

    [Theory]
    [InlineData("x/3zz linux_banner")]
    [InlineData("x/xx linux_banner")]
    [InlineData("x/4bw linux_banner")]
    [InlineData("x/-2xb linux_banner")]
    public void A_format_that_means_nothing_is_none(string line)
    {
        var ran = _dump.Run(line);
        Assert.Equal((ExitCode.Usage, ""), (ran.ExitCode, ran.Output));
        Assert.Contains("has no meaning here", ran.Errors);
    }

    [Fact]
    public void A_string_ends_where_its_text_does()
    {
        var text = string.Concat(_dump.Run("x/s linux_banner").Lines.Select(line => line[19..]));
        Assert.StartsWith("Linux version 6.1.0-", text);
        Assert.EndsWith(")", text);
    }

    [Fact]
    public void The_end_may_be_given() =>
        Assert.Equal(_dump.Run("rd linux_banner 4").Output, _dump.Run("rd -e linux_banner+32 linux_banner").Output);

    [Fact]
    public void A_null_pointer_is_not_mapped()
    {
        var ran = _dump.Run("x/10xw 0x0");
        Assert.Equal("", ran.Output);
        Assert.Contains("0x0 is not mapped", ran.Errors);
        Assert.Contains("NULL pointer", ran.Errors);
    }

    [Fact]
    public void Pointers_are_named()
    {
        // The list of all tasks: init's and the youngest task's list_head.
        Assert.Matches(@"\[task_struct\]", Sample("rd -S init_task 1200"));
        Assert.Contains("init_stack", Sample("rd -s init_task 8"));
    }

    [Fact]
    public void Physical_memory_is_what_the_direct_map_shows()
    {
        var direct = _dump.Run("ptov 1000000").Lines[1][..16];
        Assert.Equal(_dump.Run($"rd {direct} 2").Lines[0][16..], _dump.Run("rd -p 1000000 2").Lines[0][16..]);
    }

    private string Sample(string line)
    {
        var ran = _dump.Run(line);
        Assert.Equal("", ran.Errors);
        return ran.Output;
    }
}

namespace Panicle.Cli.Tests.Commands.Shell;

public sealed class EvalCommandTests
{
    [Theory]
    [InlineData("eval 4096", "hexadecimal: 1000  (4KB)", "decimal: 4096", "octal: 10000")]
    [InlineData("eval 65536 * 65536", "hexadecimal: 100000000  (4GB)", "decimal: 4294967296")]
    [InlineData("eval 3g + 2K", "hexadecimal: c0000800  (3145730KB)", "decimal: 3221227520")]
    [InlineData("eval 0xffffffffffffffff", "hexadecimal: ffffffffffffffff", "decimal: 18446744073709551615",
        "octal: 1777777777777777777777")]
    public void Shows_a_number_in_every_base(string line, params string[] parts)
    {
        using var dump = SampleDump.NullDeref();
        var output = dump.Run(line).Output;
        Assert.All(parts, part => Assert.Contains(part, output));
    }

    [Theory]
    [InlineData("eval 99999999999g", "99999999999g doesn't fit in 64 bits")]
    [InlineData("eval 17179869184G", "17179869184G doesn't fit in 64 bits")]
    [InlineData("eval 99999999999999999999k", "99999999999999999999 doesn't fit in 64 bits")]
    [InlineData("eval 8g * 8g", "the result doesn't fit in 64 bits")]
    public void Says_what_64_bits_can_not_hold(string line, string problem)
    {
        using var dump = SampleDump.NullDeref();
        var ran = dump.Run(line);
        Assert.Equal("", ran.Output);
        Assert.Contains(problem, ran.Errors);
    }
}

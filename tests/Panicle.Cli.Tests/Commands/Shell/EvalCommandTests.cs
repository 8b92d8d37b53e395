namespace Panicle.Cli.Tests.Commands.Shell;

public sealed class EvalCommandTests
{
    [Theory]
    [InlineData("eval 4096", "hexadecimal: 1000  (4KB)", "decimal: 4096", "octal: 10000")]
    [InlineData("eval 0xffffffffffffffff", "hexadecimal: ffffffffffffffff", "decimal: 18446744073709551615",
        "octal: 1777777777777777777777")]
    public void Shows_a_number_in_every_base(string line, params string[] parts)
    {
        using var dump = SampleDump.NullDeref();
        var output = dump.Run(line).Output;
        Assert.All(parts, part => Assert.Contains(part, output));
    }
}

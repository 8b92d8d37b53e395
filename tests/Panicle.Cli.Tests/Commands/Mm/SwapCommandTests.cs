namespace Panicle.Cli.Tests.Commands.Mm;

public sealed class SwapCommandTests
{
    [Fact]
    public void A_machine_without_swap_has_the_heading_alone()
    {
        using var dump = SampleDump.NullDeref();
        var ran = dump.Run("swap");
        Assert.Equal("", ran.Errors);
        Assert.StartsWith("SWAP_INFO_STRUCT", Assert.Single(ran.Lines), StringComparison.Ordinal);
    }
}

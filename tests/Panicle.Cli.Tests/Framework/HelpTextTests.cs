namespace Panicle.Cli.Tests.Framework;

public class HelpTextTests
{
    [Fact]
    public void Lists_the_commands_in_columns_read_downwards()
    {
        using var writer = new StringWriter();
        HelpText.WriteNames(["a", "b", "c", "d", "e"], new TextOutput(writer, 12, CancellationToken.None));
        Assert.Equal("a    d\nb    e\nc\n", writer.ToString());
    }
}

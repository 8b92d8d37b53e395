namespace Panicle.Cli.Tests.Commands.Shell;

public class HelpCommandTests
{
    [Fact]
    public void Lists_the_commands_in_columns_read_downwards()
    {
        using var writer = new StringWriter();
        HelpText.WriteNames(["a", "b", "c", "d", "e"], new TextOutput(writer, 12, CancellationToken.None));
        Assert.Equal("a    d\nb    e\nc\n", writer.ToString());
    }

    [Fact]
    public void Shows_pages() =>
        Assert.StartsWith("log - the kernel's messages\n\n  log [-T]", CommandTest.Run("help dmesg").Output);

    [Fact]
    public void Is_data() =>
        Assert.Equal("panicle.help/1", CommandTest.Run("help help --json").Result.GetProperty("commands")[0].GetProperty("schema")
            .GetString());

    [Fact]
    public void An_unknown_command_is_an_error() => Assert.Equal(ExitCode.Finding, CommandTest.Run("help nope").ExitCode);
}

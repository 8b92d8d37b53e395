namespace Panicle.Cli.Tests.Commands.Shell;

public class HelpCommandTests
{
    [Fact]
    public void Shows_pages() =>
        Assert.StartsWith("log - the kernel's messages\n\n  log [-T]", CommandTest.RunHelp("help dmesg").Output);

    [Fact]
    public void Is_data()
    {
        var command = CommandTest.RunHelp("help help --json").Result.GetProperty("commands")[0];
        Assert.Equal("panicle.help/1", command.GetProperty("schema").GetString());
    }

    [Fact]
    public void An_unknown_command_is_an_error() => Assert.Equal(ExitCode.Finding, CommandTest.RunHelp("help nope").ExitCode);

    [Fact]
    public void Lists_every_command()
    {
        var names = CommandTest.RunHelp("help").Output.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        Assert.All(CommandTable.Commands().All, c => Assert.Contains(c.Info.Name, names));
    }

    [Fact]
    public void The_committed_documentation_is_up_to_date()
    {
        var expected = CommandTest.RunHelp("help --markdown").Output;
        var committed = File.ReadAllText(Repository.Path("docs/commands.md"));
        Assert.True(expected == committed, "docs/commands.md is out of date: ./panicle help --markdown > docs/commands.md");
    }
}

using System.Text;

namespace Panicle.Cli.Tests.Shell;

public sealed class LineRunnerTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("panicle-test");
    private readonly Session _session = Session.Empty();
    private readonly StringWriter _errors = new();
    private readonly MemoryStream _output = new();
    private readonly LineRunner _runner;

    public LineRunnerTests() =>
        _runner = new LineRunner(new CommandRunner(_session,
            CommandTest.Set(new EchoCommand(), new ManyCommand(), new Panicle.Cli.Commands.Shell.QuitCommand())), _errors);

    private string Output => Encoding.UTF8.GetString(_output.ToArray());

    public void Dispose()
    {
        _folder.Delete(recursive: true);
        _session.Dispose();
        _errors.Dispose();
        _output.Dispose();
    }

    private string Path(string name) => System.IO.Path.Combine(_folder.FullName, name);

    private int Run(string line) => _runner.Run(line, _output);

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("# a comment")]
    public void Nothing_is_done_for_nothing(string line)
    {
        Assert.Equal(0, Run(line));
        Assert.Equal("", Output);
    }

    [Fact]
    public void Output_goes_to_a_file_and_is_added_to_it()
    {
        Run($"echo a > {Path("out")}");
        Run($"echo b >> '{Path("out")}'");
        Assert.Equal("a\nb\n", File.ReadAllText(Path("out")));
        Assert.Equal("", Output);
    }

    [Fact]
    public void Output_goes_through_a_pipe()
    {
        Run($"many 100 | grep 7 | wc -l > {Path("out")}");
        Assert.Equal("19", File.ReadAllText(Path("out")).Trim());
    }

    [Fact]
    public void A_reader_that_leaves_early_is_no_error()
    {
        Assert.Equal(0, Run($"many 1000000 | head -n 1 > {Path("out")}"));
        Assert.Equal("line 0\n", File.ReadAllText(Path("out")));
        Assert.Equal("", _errors.ToString());
    }

    [Fact]
    public void A_file_that_cannot_be_written_is_an_error() => Assert.Equal(ExitCode.Finding, Run($"echo a > {Path("no/such")}"));

    [Fact]
    public void An_exclamation_mark_runs_the_system() => Assert.Equal(7, Run("!exit 7"));

    [Fact]
    public void A_script_runs_to_its_end_or_to_quit()
    {
        using var script = new StringReader("echo a\n# comment\nnope\necho b\nquit\necho c\n");
        Assert.Equal(ExitCode.Usage, _runner.RunScript(script, _output));
        Assert.Equal("a\nb\n", Output);
    }

    [Fact]
    public void A_file_of_commands_runs()
    {
        File.WriteAllText(Path("cmds"), "echo a\necho b\n");
        Run($"< {Path("cmds")}");
        Assert.Equal("a\nb\n", Output);
        Assert.Equal(ExitCode.Input, Run($"< {Path("nope")}"));
    }

    [Fact]
    public void A_file_that_runs_itself_ends()
    {
        File.WriteAllText(Path("cmds"), $"echo a\n< {Path("cmds")}\n");
        Assert.Equal(ExitCode.Usage, Run($"< {Path("cmds")}"));
        Assert.Contains("nested", _errors.ToString());
    }
}

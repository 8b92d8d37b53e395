using Panicle.Dumps;

namespace Panicle.Cli.Tests.Framework;

public class CommandRunnerTests
{
    private static readonly CommandSet Commands = CommandTest.Set(new EchoCommand(), new ExprCommand(), new ManyCommand());

    private static Ran Run(string line) => CommandTest.Run(line, Commands);

    private static Ran Fail(Exception exception, string line = "fail") =>
        CommandTest.Run(line, CommandTest.Set(new FailCommand(_ => exception)));

    [Fact]
    public void Json_stands_in_its_envelope()
    {
        var ran = Run("echo -64 -n a --json");
        var expected = """
            {"schema":"panicle.echo/1","command":"echo","arguments":["-64","-n","a","--json"],
            "result":{"words":["a"],"text":"a","where":"0xffff888003aa2f00","mood":"VeryLoud","verbosity":0,"level":null,
            "nothing":null},"notes":["a part is missing"]}
            """;
        Assert.Equal(expected.ReplaceLineEndings("") + "\n", ran.Output);
        Assert.Equal("", ran.Errors);
    }

    [Fact]
    public void Text_has_its_notes_on_standard_error()
    {
        var ran = Run("echo -n a");
        Assert.Equal("a\n", ran.Output);
        Assert.Equal("echo: note: a part is missing\n", ran.Errors);
    }

    [Fact]
    public void An_alias_is_the_command() => Assert.Equal("echo", Run("say a --json").Json.GetProperty("command").GetString());

    [Fact]
    public void A_finding_is_the_exit_code() => Assert.Equal(1, Run("echo -f").ExitCode);

    [Fact]
    public void A_command_may_claim_another_spelling() => Assert.Equal("10xw 0x0\n", Run("x/10xw 0x0").Output);

    [Fact]
    public void Rewriting_ends() => Assert.Equal(ExitCode.Usage, Run("loop").ExitCode);

    [Fact]
    public void An_unknown_command_is_a_usage_error()
    {
        var ran = Run("nope -x");
        Assert.Equal(ExitCode.Usage, ran.ExitCode);
        Assert.Equal("nope: unknown command 'nope'; 'help' lists the commands\n", ran.Errors);
    }

    [Fact]
    public void A_usage_error_shows_the_usage()
    {
        var ran = Run("many");
        Assert.Equal(ExitCode.Usage, ran.ExitCode);
        Assert.Equal("many: COUNT is missing\nusage: many COUNT\n'help many' says more\n", ran.Errors);
    }

    [Fact]
    public void Help_is_the_declaration()
    {
        var help = Run("echo --help").Output;
        Assert.StartsWith(
            "echo - shows its words\n\n  echo [-v] [-l LEVEL] [-64] [--file FILE] [-n] [-f] [WORD]...\n  Also: say\n", help);
        Assert.Contains("  --file FILE  a file\n", help);
        Assert.Contains("Exits with 1 when it was told so.", help);
        Assert.Contains("    echo a\n      a\n", help);
    }

    [Fact]
    public void An_input_error_exits_with_3()
    {
        var ran = Fail(new DumpException("/tmp/x at offset 16: the header is cut short"));
        Assert.Equal(ExitCode.Input, ran.ExitCode);
        Assert.Equal("fail: /tmp/x at offset 16: the header is cut short\n", ran.Errors);
    }

    [Fact]
    public void A_failure_exits_with_1() => Assert.Equal(ExitCode.Finding, Fail(new CommandException("no")).ExitCode);

    [Fact]
    public void An_error_is_json_too()
    {
        var ran = Fail(new DumpException("cut short"), "fail a --json");
        var expected = """
            {"schema":"panicle.error/1","command":"fail","arguments":["a","--json"],
            "error":{"kind":"input","message":"cut short"}}
            """;
        Assert.Equal(expected.ReplaceLineEndings("") + "\n", ran.Output);
        Assert.Equal("", ran.Errors);
    }

    [Fact]
    public void What_the_system_refuses_is_no_bug()
    {
        var ran = Fail(new IOException("No space left on device : '/tmp/x'"));
        Assert.Equal("fail: /tmp/x: no space left on device\n", ran.Errors);
        Assert.Equal(ExitCode.Input, ran.ExitCode);
    }

    [Fact]
    public void Any_other_exception_is_said_to_be_a_bug_in_one_line()
    {
        var ran = Fail(new InvalidOperationException("oh"));
        Assert.StartsWith("fail: this is a bug in panicle: InvalidOperationException: oh (at ", ran.Errors);
        Assert.Single(ran.Errors.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public void Cancelling_stops_a_command()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        var ran = CommandTest.Run("many 1000", Commands, null, source.Token);
        Assert.Equal(ExitCode.Cancelled, ran.ExitCode);
        Assert.Equal("", ran.Output);
        Assert.Equal("many: stopped\n", ran.Errors);
    }

    [Fact]
    public void A_session_may_be_json_throughout()
    {
        using var session = Session.Empty();
        session.Settings.Json = true;
        Assert.Equal("panicle.echo/1", CommandTest.Run("echo", Commands, session).Json.GetProperty("schema").GetString());
        Assert.Equal(
            "usage", CommandTest.Run("nope", Commands, session).Json.GetProperty("error").GetProperty("kind").GetString());
    }
}

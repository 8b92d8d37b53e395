namespace Panicle.Cli.Tests.Framework;

public class CommandLineTests
{
    [Theory]
    [InlineData("ps -k", "ps|-k", null)]
    [InlineData("  ps   776  ", "ps|776", null)]
    [InlineData("log | grep x > y", "log", "| grep x > y")]
    [InlineData("log|less", "log", "|less")]
    [InlineData("log >> a b", "log", ">> a b")]
    [InlineData("p \"a | b\"", "p|a | b", null)]
    [InlineData("p 'a > b' > f", "p|a > b", "> f")]
    [InlineData("p init_task->mm", "p|init_task->mm", null)]
    [InlineData("p (1 | 2)", "p|(1|||2)", null)]
    [InlineData("p ((1 >> 2) | 3) | cat", "p|((1|>>|2)|||3)", "| cat")]
    [InlineData("echo don't", "echo|don't", null)]
    [InlineData("echo a\"b c\"d", "echo|ab cd", null)]
    [InlineData("", "", null)]
    [InlineData("| cat", "", "| cat")]
    public void Takes_a_line_apart(string line, string words, string? redirection)
    {
        var parsed = CommandLine.Parse(line);
        Assert.Equal(words, string.Join('|', parsed.Words.Select(w => w.Text)));
        Assert.Equal(redirection, parsed.Redirection);
    }

    [Fact]
    public void A_quoted_word_is_no_option()
    {
        var ran = CommandTest.Run("echo \"-z\"", CommandTest.Set(new EchoCommand()));
        Assert.Equal("-z\n", ran.Output);
    }
}

namespace Panicle.Cli.Tests.Framework;

public class ArgumentParserTests
{
    private static readonly CommandInfo Info = new EchoCommand().Info;

    private static ParsedArguments Parse(string words) => ArgumentParser.Parse(Info, CommandLine.Parse(words).Words);

    [Fact]
    public void Options_and_operands_may_be_mixed()
    {
        var parsed = Parse("a -v b -l 3 c");
        Assert.Equal(["a", "b", "c"], parsed.Operands);
        Assert.True(parsed.Has("-v"));
        Assert.Equal("3", parsed.Value("-l"));
        Assert.Equal(3, parsed.Number("-l"));
    }

    [Theory]
    [InlineData("-vn", 1, true)]
    [InlineData("-vvn", 2, true)]
    [InlineData("-v -v", 2, false)]
    public void Letters_combine_and_repeat(string words, int verbosity, bool note)
    {
        var parsed = Parse(words);
        Assert.Equal(verbosity, parsed.Count("-v"));
        Assert.Equal(note, parsed.Has("-n"));
    }

    [Theory]
    [InlineData("-l3")]
    [InlineData("-vl3")]
    [InlineData("-vl 3")]
    public void A_letter_takes_its_value_joined_or_apart(string words) => Assert.Equal("3", Parse(words).Value("-l"));

    [Theory]
    [InlineData("--file=x y", "x")]
    [InlineData("--file x", "x")]
    public void A_long_option_takes_its_value_either_way(string words, string expected) =>
        Assert.Equal(expected, Parse(words).Value("--file"));

    [Fact]
    public void A_number_can_be_an_option_or_a_negative_operand()
    {
        var parsed = Parse("-64 -5");
        Assert.True(parsed.Has("-64"));
        Assert.Equal(["-5"], parsed.Operands);
    }

    [Fact]
    public void Two_dashes_end_the_options() => Assert.Equal(["-v"], Parse("-- -v").Operands);

    [Theory]
    [InlineData("-z", "unknown option -z")]
    [InlineData("-vz", "unknown option -z")]
    [InlineData("--nope", "unknown option --nope")]
    [InlineData("-l", "option -l needs a value: -l LEVEL")]
    public void Says_what_is_wrong(string words, string message) =>
        Assert.Equal(message, Assert.Throws<UsageException>(() => Parse(words)).Message);

    [Theory]
    [InlineData("", "A is missing")]
    [InlineData("1", "B is missing")]
    [InlineData("1 2 3 4", "unexpected '4'")]
    public void Counts_the_operands(string words, string message)
    {
        var info = new CommandInfo("x", "") { Operands = [Operand.Required("A"), Operand.Required("B"), Operand.Optional("C")] };
        Assert.Equal("x A B [C]", info.Usage);
        Assert.Equal(
            message, Assert.Throws<UsageException>(() => ArgumentParser.Parse(info, CommandLine.Parse(words).Words)).Message);
    }

    [Fact]
    public void Asking_for_an_undeclared_option_is_a_bug() =>
        Assert.Throws<InvalidOperationException>(() => Parse("a").Has("-q"));

    [Theory]
    [InlineData("expr -x a -1", "a -1")]
    [InlineData("expr a->b  \"c d\" -z", "a->b \"c d\" -z")]
    public void An_expression_keeps_its_text(string line, string text) =>
        Assert.Equal(text + "\n", CommandTest.Run(line, CommandTest.Set(new ExprCommand())).Output);
}

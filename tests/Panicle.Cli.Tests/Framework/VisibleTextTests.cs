using Panicle.Formats.Text;

namespace Panicle.Cli.Tests.Framework;

public class VisibleTextTests
{
    private static readonly CommandSet Commands = CommandTest.Set(new EchoCommand());

    [Theory]
    [InlineData("plain – text, ä, 日本, \U0001f600", "plain – text, ä, 日本, \U0001f600")]
    [InlineData("a\tb", "a\tb")]
    [InlineData("\e]0;x\a", @"\x1b]0;x\x07")]
    [InlineData("a\nb\r", @"a\nb\r")]
    [InlineData("\u009b31m\u007f", @"\x9b31m\x7f")]
    [InlineData("\u202eabc\u2066\u200f", @"\u202eabc\u2066\u200f")]
    [InlineData("a\u2028b\ufeff", @"a\u2028b\ufeff")]
    [InlineData("x\U000e0041", @"x\U000e0041")]
    [InlineData("\0", @"\x00")]
    public void What_steers_or_hides_is_an_escape(string text, string shown)
    {
        Assert.Equal(shown, VisibleText.Line(text));
        Assert.Equal(shown, VisibleText.Line(shown));
    }

    [Fact]
    public void A_value_with_a_newline_makes_no_second_row()
    {
        var ran = CommandTest.Run("echo \"a\nPID: 1\e[2J\"", Commands);
        Assert.Equal("a\\nPID: 1\\x1b[2J\n", ran.Output);
    }

    [Fact]
    public void Messages_quote_what_was_typed_as_text()
    {
        var ran = CommandTest.Run("\e[31mno", Commands);
        Assert.Equal("\\x1b[31mno: unknown command '\\x1b[31mno'; 'help' lists the commands\n", ran.Errors);
    }

    [Fact]
    public void A_message_is_one_line_and_one_that_cannot_be_written_is_dropped()
    {
        using var said = new StringWriter();
        using var messages = new MessageWriter(said);
        messages.WriteLine("can't read a\nb");
        messages.Write("\rof \e[1m");
        Assert.Equal("can't read a\\nb\n\rof \\x1b[1m", said.ToString());
        using var full = new MessageWriter(new StreamWriter(new FullStream()));
        full.WriteLine("x");
    }

    private sealed class FullStream : Panicle.Formats.Streams.WriteOnlyStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("No space left on device");
    }
}

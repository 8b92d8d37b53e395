namespace Panicle.Cli.Tests.Shell;

public class LineEditorTests
{
    private static readonly string[] Symbols = ["panic", "panic_cpu", "panic_on_oops", "schedule"];

    private static (LineEditor.Ending Ending, string Line) Read(string keys, params string[] history) =>
        Read(new FakeTerminal(), keys, history);

    private static (LineEditor.Ending Ending, string Line) Read(FakeTerminal terminal, string keys, params string[] lines)
    {
        var history = new History(null);
        foreach (var line in lines)
            history.Add(line);
        var providers = new Dictionary<Completes, Func<string, IEnumerable<string>>> { [Completes.Symbols] = _ => Symbols };
        return new LineEditor(terminal.Type(keys), history,
            new Completer(CommandTest.Set(new EchoCommand(), new ManyCommand()), providers)).Read("> ");
    }

    [Theory]
    [InlineData("ps -k<Enter>", "ps -k")]
    [InlineData("s<Left>p<Enter>", "ps")]
    [InlineData("bc<Home>a<End>d<Enter>", "abcd")]
    [InlineData("bc<C-a>a<C-e>d<Enter>", "abcd")]
    [InlineData("abx<BS>c<Enter>", "abc")]
    [InlineData("abc<C-a><C-d><Enter>", "bc")]
    [InlineData("one two<C-w>three<Enter>", "one three")]
    [InlineData("one two<C-u>x<Enter>", "x")]
    [InlineData("one two<C-a><C-k>x<C-y><Enter>", "xone two")]
    [InlineData("one two<M-b>x<Enter>", "one xtwo")]
    [InlineData("one two<C-a><M-f>x<Enter>", "onex two")]
    [InlineData("one two<C-a><M-d><Enter>", " two")]
    public void Edits(string keys, string line) => Assert.Equal((LineEditor.Ending.Line, line), Read(keys));

    [Theory]
    [InlineData("<Up><Enter>", "bt")]
    [InlineData("<Up><Up><Enter>", "log")]
    [InlineData("<Up><Up><Up><Up><Down><Enter>", "bt")]
    [InlineData("dra<Up><Down>ft<Enter>", "draft")]
    [InlineData("<C-p>x<Enter>", "btx")]
    public void Recalls(string keys, string line) => Assert.Equal(line, Read(keys, "log", "bt").Line);

    [Theory]
    [InlineData("<C-r>ps<Enter>", "ps -p 776")]
    [InlineData("<C-r>ps<C-r><Enter>", "ps -k")]
    [InlineData("<C-r>ps<C-e>x<Enter>", "ps -p 776x")]
    [InlineData("ab<C-r>ps<C-g>c<Enter>", "abc")]
    public void Searches(string keys, string line) => Assert.Equal(line, Read(keys, "ps -k", "log", "ps -p 776", "bt").Line);

    [Theory]
    [InlineData("ec<Tab>a<Enter>", "echo a")]
    [InlineData("echo sc<Tab><Enter>", "echo schedule ")]
    [InlineData("echo p<Tab><Enter>", "echo panic")]
    [InlineData("echo panic_<Tab>o<Tab><Enter>", "echo panic_on_oops ")]
    [InlineData("echo --fi<Tab>x<Enter>", "echo --file x")]
    [InlineData("nope x<Tab><Enter>", "nope x")]
    public void Completes_words(string keys, string line) => Assert.Equal(line, Read(keys).Line);

    [Fact]
    public void A_second_tab_lists()
    {
        var terminal = new FakeTerminal();
        Read(terminal, "echo panic_<Tab><Tab><Enter>");
        Assert.Contains("panic_cpu        panic_on_oops", terminal.Written.ToString());
    }

    [Fact]
    public void Ctrl_C_drops_the_line() => Assert.Equal((LineEditor.Ending.Dropped, ""), Read("abc<C-c>"));

    [Fact]
    public void Ctrl_D_ends_on_an_empty_line() => Assert.Equal(LineEditor.Ending.End, Read("<C-d>").Ending);

    [Fact]
    public void History_is_kept_between_sessions()
    {
        var folder = Directory.CreateTempSubdirectory("panicle-test");
        var path = Path.Combine(folder.FullName, "panicle", "history");
        var history = new History(path);
        foreach (var line in (string[])["ps", "ps", " secret", "bt"])
            history.Add(line);
        Assert.Equal(["ps", "bt"], new History(path).Lines);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        folder.Delete(recursive: true);
    }

    [Fact]
    public void A_history_that_cannot_be_kept_costs_nothing()
    {
        var history = new History("/proc/nope/history");
        history.Add("ps");
        Assert.Equal(["ps"], history.Lines);
    }
}

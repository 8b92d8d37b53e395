namespace Panicle.Cli.Tests.Framework;

public class SuggestionTests
{
    private static readonly string[] Names = ["ps", "runq", "report", "struct", "kdump status"];

    [Theory]
    [InlineData("reprot", "report")] // swapped
    [InlineData("rport", "report")] // missing
    [InlineData("rreportt", "report")] // too many
    [InlineData("rumq", "runq")] // another
    [InlineData("kdump stauts", "kdump status")]
    [InlineData("strukt", "struct")]
    public void The_nearest_name_is_meant(string typed, string meant) => Assert.Equal(meant, Suggestion.Nearest(typed, Names));

    [Theory]
    [InlineData("report")] // it is one
    [InlineData("x")]
    [InlineData("vmcore")]
    [InlineData("")]
    [InlineData("qnur")]
    public void What_is_far_from_all_means_none_of_them(string typed)
    {
        Assert.Null(Suggestion.Nearest(typed, Names));
        Assert.Equal("", Suggestion.For(typed, Names));
    }

    [Fact]
    public void A_text_without_end_is_no_name() => Assert.Null(Suggestion.Nearest(new string('r', 1 << 20), Names));

    [Theory]
    [InlineData("runq -c 7", "there is no CPU 7; there are 0-1")]
    [InlineData("ps -C 0,9", "there is no CPU 9; there are 0-1")]
    [InlineData("p runqueues:0,5", "there is no CPU 5; there are 0-1")]
    [InlineData("rnuq", "unknown command 'rnuq' (did you mean 'runq'?)")]
    [InlineData("help reprot", "there is no command 'reprot' (did you mean 'report'?)")]
    [InlineData("help kdump statsu", "there is no command 'statsu'")]
    public void What_is_not_there_is_said(string line, string problem)
    {
        using var dump = SampleDump.NullDeref();
        var ran = dump.Run(line);
        Assert.NotEqual(0, ran.ExitCode);
        Assert.Contains(problem, ran.Errors, StringComparison.Ordinal);
    }
}

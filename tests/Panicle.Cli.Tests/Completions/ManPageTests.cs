using Panicle.Cli.Completions;

namespace Panicle.Cli.Tests.Completions;

public class ManPageTests
{
    [Fact]
    public void Every_verb_has_a_page_with_its_options_and_examples()
    {
        foreach (var verb in CommandTable.Verbs().All.Select(verb => verb.Info))
        {
            var page = ManPage.Of(verb);
            Assert.StartsWith(".TH PANICLE-", page, StringComparison.Ordinal);
            Assert.All(
                verb.Options.Where(option => !option.IsHidden), option => Assert.Contains(option.Name.Replace("-", "\\-"), page));
            Assert.All(page.Split('\n'), line => Assert.True(line is not ['.', ..] || IsRequest(line), line));
            Assert.True(System.Text.Ascii.IsValid(page));
        }
    }

    [Fact]
    public void The_programs_page_lists_verbs_and_commands()
    {
        var page = ManPage.OfProgram(
            Invocation.Info, [.. CommandTable.Verbs().All.Select(verb => verb.Info)],
            [.. CommandTable.Commands().All.Select(command => command.Info)]);
        Assert.Contains(".B panicle kdump status\n", page);
        Assert.Contains("backtrace of a task", page);
    }

    private static bool IsRequest(string line) =>
        line.Split(' ')[0] is ".TH" or ".SH" or ".B" or ".BR" or ".TP" or ".PP" or ".nf" or ".fi" or ".br";
}

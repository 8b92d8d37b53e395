using System.Diagnostics;

namespace Panicle.Cli.Tests.Verbs;

/// <summary>The script for bash, in a real one.</summary>
public class CompletionVerbTests
{
    [Theory]
    [InlineData("rep", "report")]
    [InlineData("save --comp", "--compress")]
    [InlineData("save --compress z", "zstd zlib")]
    [InlineData("save --format=f", "flattened")]
    [InlineData("kdump se", "setup")]
    [InlineData("kdump config i", "import")]
    [InlineData("kdump setup --u", "--undo")]
    [InlineData("completion z", "zsh")]
    [InlineData("dump -c run", "runq")]
    [InlineData("--ver", "--version")]
    [InlineData("kdump status nothing-of-the-kind", "")]
    public void Words_are_completed(string line, string expected) => Assert.Equal(expected, Complete(line));

    [Fact]
    public void Files_are_completed_where_files_are_taken() =>
        Assert.Contains("/etc/passwd", Complete("report --vmlinux /etc/passw"));

    private static string Complete(string line)
    {
        var script = CommandTest.RunVerb("completion bash").Output;
        // As readline does: the line's words, '=' a word of its own, and the function told which of them the cursor is in.
        var words = line.Replace("=", " = ", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var quoted = string.Join(' ', words.Prepend("panicle").Select(word => $"'{word}'"));
        var program =
            $"{script}\ncompopt() {{ :; }}\nCOMP_WORDS=({quoted}); COMP_CWORD={words.Length}; "
                + $"_panicle; echo \"${{COMPREPLY[*]}}\"";
        using var bash = Process.Start(new ProcessStartInfo(
            "bash", ["--norc", "-c", program])
        { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = bash.StandardError.ReadToEndAsync();
        var output = bash.StandardOutput.ReadToEnd().Trim();
        bash.WaitForExit();
        Assert.Equal("", errors.Result);
        return output;
    }
}

namespace Panicle.Cli.Tests.Shell;

public class CompletionTests
{
    private static Completion Complete(string line, params string[] names)
    {
        var providers = new Dictionary<Completes, Func<string, IEnumerable<string>>> { [Completes.Symbols] = _ => names };
        return new Completer(CommandTest.Set(new EchoCommand()), providers).Complete(line, line.Length);
    }

    [Theory]
    [InlineData("z_stream_s|touch${IFS}x", "'z_stream_s|touch${IFS}x' ")]
    [InlineData("z_a>b", "'z_a>b' ")]
    [InlineData("z_a b", "'z_a b' ")]
    [InlineData("z_(x", "'z_(x' ")]
    [InlineData("z_plain", "z_plain ")]
    public void A_name_is_quoted_where_it_would_be_more_than_a_word(string name, string inserted)
    {
        var completion = Complete("echo z_", name);
        Assert.Equal(inserted, completion.Insertion);
        var parsed = CommandLine.Parse($"echo {completion.Insertion}");
        Assert.Equal((name, null), (parsed.Words[1].Text, parsed.Redirection));
        Assert.Equal(inserted, Complete("echo 'z_", name).Insertion);
    }

    [Fact]
    public void What_several_begin_with_leaves_no_quote_open()
    {
        Assert.Equal("z_", Complete("echo z", "z_|touch a", "z_|touch b").Insertion);
        Assert.Null(CommandLine.Parse("echo " + Complete("echo z", "z_|touch a", "z_|touch b").Insertion).Redirection);
    }

    [Theory]
    [InlineData("z\e[31m")]
    [InlineData("z'\"x")]
    [InlineData("z\nx")]
    [InlineData("z\u202e")]
    public void What_cannot_stand_in_a_line_is_not_offered(string name) => Assert.Empty(Complete("echo z", name).Candidates);

    [Fact]
    public void A_file_behind_an_angle_is_quoted_for_the_systems_shell()
    {
        var folder = Directory.CreateTempSubdirectory("panicle-test").FullName;
        File.WriteAllText($"{folder}/a$(touch b);c", "");
        Assert.Equal($"'{folder}/a$(touch b);c' ", Complete($"echo > {folder}/").Insertion);
        Directory.Delete(folder, recursive: true);
    }
}

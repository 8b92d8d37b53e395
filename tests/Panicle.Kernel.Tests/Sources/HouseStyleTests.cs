using System.Globalization;
using System.Text.RegularExpressions;

namespace Panicle.Kernel.Tests.Sources;

/// <summary>What readers of the sources rely on, and no analyzer checks.</summary>
public partial class HouseStyleTests
{
    private const int LeastWords = 4;

    [Fact]
    public void No_line_is_longer_than_the_editor_config_says()
    {
        var most = int.Parse(
            MaxLineLength().Match(File.ReadAllText(Path.Combine(Samples.Repository, ".editorconfig"))).Groups["n"].Value,
            CultureInfo.InvariantCulture);
        AssertNone(SourceTree.All.SelectMany(source => LongLines(source.Name, File.ReadLines(source.File), most)));
    }

    [Fact]
    public void Tests_are_named_in_one_style() =>
        AssertNone(SourceTree.In("tests").SelectMany(source => OddNames(source.Name, File.ReadLines(source.File))));

    [Fact]
    public void Summaries_say_more_than_a_name() =>
        AssertNone(SourceTree.All.SelectMany(source => ShortSummaries(source.Name, File.ReadLines(source.File))));

    [Theory]
    [InlineData(10, "12345678901", "F.cs:1: 11")]
    [InlineData(10, "1234567890", null)]
    [InlineData(10, "a = \"\"\"\n  12345678901234\n  \"\"\";\n12345678901", "F.cs:4: 11")]
    [InlineData(10, "\"\"\"\"\n 1234567890123\n \"\"\"\n 1234567890123\n \"\"\"\"", null)]
    [InlineData(10, "x = \"\"\"1234567890\"\"\";", "F.cs:1: 21")]
    public void A_long_line_is_found(int most, string text, string? found) =>
        Assert.Equal(found, LongLines("F.cs", text.Split('\n'), most).SingleOrDefault());

    [Theory]
    [InlineData("    [Fact]\n    public void ReadsAll()", "F.cs:2: ReadsAll")]
    [InlineData("    [Theory, MemberData(nameof(Dumps))]\n    public async Task reads_all(int a)", "F.cs:2: reads_all")]
    [InlineData("    [Theory]\n    [InlineData(\n        1)]\n    public void Reads_allOf()", "F.cs:4: Reads_allOf")]
    [InlineData("    [Fact]\n    public void Reads_BTF_of_QEMUs_dumps()", null)]
    [InlineData("    public void ReadsAll()", null)]
    public void A_name_of_another_style_is_found(string text, string? found) =>
        Assert.Equal(found, OddNames("F.cs", text.Split('\n')).SingleOrDefault());

    [Theory]
    [InlineData("/// <summary>The file.</summary>", "F.cs:1: The file.")]
    [InlineData("/// <summary>\n/// Its\n/// <c>struct page</c>.\n/// </summary>", "F.cs:1: Its <c>struct page</c>.")]
    [InlineData("/// <summary>The file's length in bytes.</summary>", null)]
    [InlineData("/// <summary>\n/// The file,\n/// closed.\n/// </summary>", "F.cs:1: The file, closed.")]
    public void A_summary_that_says_nothing_is_found(string text, string? found) =>
        Assert.Equal(found, ShortSummaries("F.cs", text.Split('\n')).SingleOrDefault());

    private static void AssertNone(IEnumerable<string> found) => Assert.True(!found.Any(), string.Join('\n', found));

    // The content of a raw string literal is as wide as what it stands for; its first and last line are code.
    private static IEnumerable<string> LongLines(string name, IEnumerable<string> lines, int most)
    {
        var number = 0;
        var quotes = "";
        foreach (var line in lines)
        {
            number++;
            if (quotes.Length > 0)
            {
                if (!line.AsSpan().TrimStart().StartsWith(quotes, StringComparison.Ordinal))
                    continue;
                quotes = "";
            }
            else
            {
                quotes = RawStringBegin().Match(line).Value;
            }
            if (line.Length > most)
                yield return $"{name}:{number}: {line.Length}";
        }
    }

    private static IEnumerable<string> OddNames(string name, IEnumerable<string> lines)
    {
        var number = 0;
        var isTest = false;
        foreach (var line in lines)
        {
            number++;
            isTest |= TestAttribute().IsMatch(line);
            if (!isTest || TestMethod().Match(line) is not { Success: true } method)
                continue;
            isTest = false;
            var called = method.Groups["name"].Value;
            if (!Sentence().IsMatch(called))
                yield return $"{name}:{number}: {called}";
        }
    }

    private static IEnumerable<string> ShortSummaries(string name, IEnumerable<string> lines)
    {
        var number = 0;
        var begin = 0;
        var text = "";
        foreach (var line in lines)
        {
            number++;
            var comment = line.AsSpan().TrimStart();
            if (!comment.StartsWith("///", StringComparison.Ordinal))
                continue;
            if (comment.Contains("<summary>", StringComparison.Ordinal))
                (begin, text) = (number, "");
            if (begin == 0)
                continue;
            text = $"{text} {comment[3..].Trim()}";
            if (!comment.Contains("</summary>", StringComparison.Ordinal))
                continue;
            text = SummaryTag().Replace(text, "").Trim();
            if (WordsOf(text) < LeastWords)
                yield return $"{name}:{begin}: {text}";
            begin = 0;
        }
    }

    // As they read: <see cref="Name"/> is a word, <c>struct page</c> is two.
    private static int WordsOf(string text) =>
        Tag().Replace(text, "tag").Split(' ', StringSplitOptions.RemoveEmptyEntries).Length;

    [GeneratedRegex(@"^max_line_length = (?<n>\d+)", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex MaxLineLength();

    [GeneratedRegex("\"{3,}$", RegexOptions.CultureInvariant)]
    private static partial Regex RawStringBegin();

    [GeneratedRegex(@"^\s*\[(?:Fact|Theory)\b", RegexOptions.CultureInvariant)]
    private static partial Regex TestAttribute();

    [GeneratedRegex(@"^\s*public (?:static )?(?:async )?[\w<>]+ (?<name>\w+)\(", RegexOptions.CultureInvariant)]
    private static partial Regex TestMethod();

    // Words with underscores between them, the first letter upper-case; names that have their own spelling stay (BTF, QEMUs).
    [GeneratedRegex(@"^(?!.*[a-z\d][A-Z])[A-Z][A-Za-z\d]*(?:_[A-Za-z\d]+)*$", RegexOptions.CultureInvariant)]
    private static partial Regex Sentence();

    [GeneratedRegex("</?summary>", RegexOptions.CultureInvariant)]
    private static partial Regex SummaryTag();

    [GeneratedRegex("<[^>]*>", RegexOptions.CultureInvariant)]
    private static partial Regex Tag();
}

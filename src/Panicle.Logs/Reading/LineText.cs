using System.Buffers;
using System.Net;
using System.Text.RegularExpressions;

namespace Panicle.Logs.Reading;

/// <summary>Gives a line's characters back what terminals, web pages and Markdown made of them.</summary>
internal static partial class LineText
{
    private static readonly SearchValues<char> Unusual = SearchValues.Create(
        "\u00a0\u00ad\u2007\u202f\u200b\u200c\u200d\u2060\ufeff&\\`*_~#^"
            + string.Concat(Enumerable.Range(0, 32).Select(c => (char)c)) + "\x7f");

    // What is bold or code in Markdown from its first to its last character.
    private static readonly string[] Marks = ["```", "**", "__", "~~", "`", "*"];

    /// <summary>The text that was printed; with line ends where a web page had its own.</summary>
    public static string Clean(string text)
    {
        var isPage = text.Contains("<br", StringComparison.Ordinal) || text.Contains("</", StringComparison.Ordinal);
        if (!isPage && text.AsSpan().IndexOfAny(Unusual) < 0)
            return text;
        if (Entity().IsMatch(text) || isPage)
        {
            text = Tag().Replace(text, tag => tag.Value.StartsWith("<br", StringComparison.Ordinal) ? "\n" : "");
            text = WebUtility.HtmlDecode(text);
        }
        if (text.Contains('['))
            text = Escape().Replace(text, "");
        text = WithoutMarks(Escaped().Replace(text, "$1"));
        return text.AsSpan().IndexOfAny(Unusual) < 0 ? text : string.Concat(text.Select(Plain).Where(c => c != '\0'));
    }

    private static char Plain(char c) => c switch
    {
        '\t' or '\u00a0' or '\u2007' or '\u202f' => ' ',
        '\n' => c,
        '\u00ad' or '\u200b' or '\u200c' or '\u200d' or '\u2060' or '\ufeff' or '\x7f' => '\0',
        < ' ' => '\0',
        _ => c,
    };

    private static string WithoutMarks(string text)
    {
        const int Deepest = 4;
        for (var depth = 0; depth < Deepest; depth++)
        {
            var trimmed = text.AsSpan().Trim();
            if (Array.Find(Marks, mark => IsBetween(text.AsSpan().Trim(), mark)) is not { } mark)
                return WithoutSpan(text);
            text = trimmed[mark.Length..^mark.Length].ToString();
        }
        return text;
    }

    private static bool IsBetween(ReadOnlySpan<char> text, string mark) =>
        text.Length > 2 * mark.Length && text.StartsWith(mark) && text.EndsWith(mark) && text[mark.Length] != mark[0];

    // A span of several lines begins on the first and ends on the last.
    private static string WithoutSpan(string text)
    {
        var trimmed = text.AsSpan().Trim();
        if (trimmed.Count('`') != 1)
            return text;
        return trimmed[0] == '`' ? trimmed[1..].ToString() : trimmed[^1] == '`' ? trimmed[..^1].ToString() : text;
    }

    [GeneratedRegex(@"&(?:lt|gt|amp|nbsp|quot|apos|#\d{2,5}|#x[0-9a-fA-F]{2,5});", RegexOptions.CultureInvariant)]
    private static partial Regex Entity();

    [GeneratedRegex(@"</?(?:br|p|div|span|pre|code|tt|td|tr|font|strong|em)\b[^<>]{0,200}>", RegexOptions.CultureInvariant)]
    private static partial Regex Tag();

    // A terminal's colours: as they are, as less shows them, as rsyslog writes them.
    [GeneratedRegex(@"(?:\x1b|\^\[|#033)\[[0-9;?]{0,20}[A-Za-z]", RegexOptions.CultureInvariant)]
    private static partial Regex Escape();

    // Markdown's: "\[", "example\_init"; ACPI's paths begin with "\_".
    [GeneratedRegex(@"\\([\[\]<>*#+|`-]|(?<=\w\\)_)", RegexOptions.CultureInvariant)]
    private static partial Regex Escaped();
}

using System.Buffers;
using System.Globalization;
using System.Text;

namespace Panicle.Formats.Text;

/// <summary>
/// Text as it may be shown: what a dump, a log, a file's name or a server says must neither steer a terminal nor look like
/// another line. Control characters (C0, C1), line separators and what changes the direction of writing or can't be seen become
/// escapes such as <c>\x1b</c>; a tab stays.
/// </summary>
public static class VisibleText
{
    // Invisible "tags" lie beyond 16 bits, behind this half.
    private const char TagsHalf = '\udb40';

    // Nearly all text is this alone; what is more is looked at by the set of all that is hidden, which takes time to make.
    private static readonly SearchValues<char> Plain =
        SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(code => (char)code), '\t']);

    private static readonly Lazy<SearchValues<char>> Hidden = new(() => SearchValues.Create(
        [.. Enumerable.Range(0, 0xffff).Select(code => (char)code).Where(IsHidden), TagsHalf]));

    /// <summary>One line: a newline within it is an escape too.</summary>
    public static string Line(string text) =>
        HasHidden(text) ? Escaped(text) : text;

    /// <summary>Whether anything in it would be shown as an escape.</summary>
    public static bool HasHidden(ReadOnlySpan<char> text) =>
        text.IndexOfAnyExcept(Plain) is >= 0 and var at && text[at..].IndexOfAny(Hidden.Value) >= 0;

    /// <summary>Writes one line's text or a part of it.</summary>
    public static void Write(ReadOnlySpan<char> text, TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        if (HasHidden(text))
            writer.Write(Escaped(text));
        else
            writer.Write(text);
    }

    private static string Escaped(ReadOnlySpan<char> text)
    {
        var shown = new StringBuilder();
        while (text.IndexOfAny(Hidden.Value) is >= 0 and var at)
        {
            shown.Append(text[..at]);
            text = text[at..];
            _ = Rune.DecodeFromUtf16(text, out var rune, out var length);
            if (text[0] == TagsHalf && Rune.GetUnicodeCategory(rune) != UnicodeCategory.Format)
                shown.Append(text[..length]);
            else
                shown.Append(Escape(rune.Value));
            text = text[length..];
        }
        return shown.Append(text).ToString();
    }

    private static string Escape(int code) => code switch
    {
        '\n' => "\\n",
        '\r' => "\\r",
        < 0x100 => string.Create(CultureInfo.InvariantCulture, $"\\x{code:x2}"),
        < 0x10000 => string.Create(CultureInfo.InvariantCulture, $"\\u{code:x4}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"\\U{code:x8}"),
    };

    private static bool IsHidden(char c) => c != '\t' && char.GetUnicodeCategory(c) is UnicodeCategory.Control
        or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}

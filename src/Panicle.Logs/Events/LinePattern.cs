using System.Text.RegularExpressions;

namespace Panicle.Logs.Events;

/// <summary>
/// A form of text that anybody may have written. The engine whose time grows with a text's length alone costs half a megabyte
/// and milliseconds for each form: it is made for a text that is long enough for the other one to lose itself in, which no line
/// of a kernel is.
/// </summary>
internal sealed class LinePattern(string pattern)
{
    private const int Short = 400;

    private Regex? _short;
    private Regex? _long;

    /// <summary>The form as it is written.</summary>
    public string Pattern => pattern;

    /// <summary>Looks for the form's first place in a text.</summary>
    public Match Match(string text) => For(text).Match(text);

    /// <summary>Whether the form is anywhere in a text.</summary>
    public bool IsMatch(string text) => For(text).IsMatch(text);

    /// <summary>The engine that is right for a text of this length.</summary>
    internal Regex For(string text) => text.Length <= Short
        ? _short ??= new Regex(pattern, RegexOptions.CultureInvariant)
        : _long ??= new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
}

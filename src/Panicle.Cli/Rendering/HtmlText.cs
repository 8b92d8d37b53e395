using System.Net;
using Panicle.Formats.Text;

namespace Panicle.Cli.Rendering;

/// <summary>What a dump or a log says, as text of a page: no markup, and nothing that can't be seen.</summary>
internal static class HtmlText
{
    /// <summary>
    /// One line's text, with what HTML gives a meaning written as references, and what can't be seen as escapes.
    /// </summary>
    public static string Encode(string text) => WebUtility.HtmlEncode(VisibleText.Line(text));
}

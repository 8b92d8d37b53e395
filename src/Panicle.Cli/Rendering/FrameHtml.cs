using Panicle.Symbols;

namespace Panicle.Cli.Rendering;

/// <summary>
/// A frame of a backtrace as HTML: a line for each function that was inlined there, and one for the frame's own.
/// </summary>
internal static class FrameHtml
{
    /// <summary>Writes a frame as lines of preformatted text, one for each function that was inlined into its own.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="times">How many times in a row it comes.</param>
    /// <param name="writer">Where to.</param>
    public static void Write(BacktraceFrame frame, int times, TextWriter writer)
    {
        var doubt = frame.IsReliable ? "" : "doubt";
        foreach (var inlined in FrameText.Inlined(frame))
            WriteLine(doubt, FrameText.NameOf(inlined), FrameText.LocationOf(inlined), writer);
        // A log's trace doesn't tell how its frames were found, but on which stack each is.
        string?[] about =
        [
            frame.IsUser ? null : frame.Location,
            frame.IsInlined ? "[inline]" : null,
            times > 1 ? $"({times} times)" : null,
            frame.FoundBy is null && !frame.Stack.IsTask ? frame.Stack.Name : FrameText.HowUnlessUsual(frame),
        ];
        var isFault = frame is { FoundBy: null, IsException: true };
        WriteLine(doubt + (isFault ? " fault" : ""), FrameText.PlaceOf(frame), string.Join(' ', about.OfType<string>()), writer);
    }

    private static void WriteLine(string style, string place, string about, TextWriter writer) => writer.Write(
        $"<span class=\"{style}\">{Encode(place)}</span> <span class=\"how\">{Encode(about)}</span>\n");

    private static string Encode(string text) => HtmlText.Encode(text);
}

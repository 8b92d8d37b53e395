namespace Panicle.Logs.Reading;

/// <summary>A line that the kernel printed, without what the log's carrier put before it.</summary>
/// <param name="Number">The line's number in the text, from 1.</param>
/// <param name="Text">The message.</param>
/// <param name="Seconds">The kernel's time stamp, in seconds since boot, or null.</param>
/// <param name="Caller">
/// Who printed it (<c>T12</c>, a task, or <c>C0</c>, a CPU in an interrupt), or null where the log doesn't say.
/// </param>
public readonly record struct LogLine(long Number, string Text, double? Seconds, string? Caller)
{
    // A record of the kernel's holds 1 KiB, 2 with its continuations; only lists of modules grow longer on a console.
    private const int Longest = 2048;
    private const int LongestList = 16 << 10;
    private const int MostBlanks = 64;

    /// <summary>The message, without what follows on a line that is longer than a kernel prints.</summary>
    public string Text { get; } = Bounded(Text);

    private static string Bounded(string text)
    {
        var longest = text.StartsWith("Modules linked in", StringComparison.Ordinal) ? LongestList : Longest;
        var blanks = text.AsSpan().IndexOfAnyExcept(' ');
        if (blanks > MostBlanks)
            text = text[(blanks - MostBlanks)..];
        return text.Length > longest ? text[..longest] : text;
    }
}

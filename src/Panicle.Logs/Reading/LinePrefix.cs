using System.Globalization;
using System.Text.RegularExpressions;
using Panicle.Logs.Events;

namespace Panicle.Logs.Reading;

/// <summary>
/// Takes from a line what its carriers put before the kernel's message: quoting, syslog and journal headers, levels, time
/// stamps, caller ids. A line in which a second message's time stamp stands (two CPUs' output run together, a text that lost its
/// line ends) becomes two.
/// </summary>
internal static partial class LinePrefix
{
    // What nobody knows, before the kernel's own stamp, is a carrier's up to this length.
    private const int LongestCarrier = 120;

    private const int MostIndented = 32;

    /// <summary>The messages in a raw line.</summary>
    /// <param name="raw">The line.</param>
    /// <param name="number">Its number.</param>
    /// <param name="time">Seconds since boot, where its carrier tells them, or null.</param>
    public static List<LogLine> Split(string raw, long number, double? time = null)
    {
        var pieces = new List<LogLine>();
        foreach (var text in LineText.Clean(raw).Split('\n'))
            Split(text, number, time, pieces);
        if (pieces.Count == 0)
            pieces.Add(new LogLine(number, "", time, null));
        return pieces;
    }

    private static void Split(string text, long number, double? time, List<LogLine> pieces)
    {
        var (seconds, caller) = (time, (string?)null);
        for (var at = 0; at < text.Length;)
        {
            var begin = PassPrefix(text, at, ref seconds, ref caller);
            var stamp = TimeStamp().Match(text, begin);
            var end = stamp.Success ? stamp.Index : text.Length;
            var message = stamp.Success ? WithoutHeader(text[begin..end]) : text.AsSpan(begin, end - begin).TrimEnd();
            if (!message.IsWhiteSpace() && !(at == 0 && stamp.Success && IsCarrier(message)))
            {
                foreach (var piece in GluedLine.Split(message.ToString()))
                    pieces.Add(new LogLine(number, piece, seconds, caller));
            }
            else if (seconds != time && !stamp.Success)
                pieces.Add(new LogLine(number, "", seconds, caller));
            at = end;
        }
    }

    private static ReadOnlySpan<char> WithoutHeader(string message)
    {
        const int LongestHeader = 160;
        var text = message.AsSpan().TrimEnd();
        if (!text.EndsWith("kernel:"))
            return text;
        var tail = text[Math.Max(text.Length - LongestHeader, 0)..].ToString();
        return LineHeader.Behind().Match(tail) is { Success: true } header ? text[..^header.Length] : text;
    }

    // Everything at a place that isn't the message yet.
    private static int PassPrefix(string text, int at, ref double? seconds, ref string? caller)
    {
        // A text may stand indented as a whole.
        if (at == 0 && text.StartsWith(' ') && text.AsSpan().IndexOfAnyExcept(' ') is > 0 and <= MostIndented and var indent
            && (LineHeader.Form().Match(text, indent).Length > 0 || StampHere().IsMatch(text, indent)))
            at = indent;
        while (true)
        {
            if (LineHeader.Form().Match(text, at) is { Success: true, Length: > 0 } header)
            {
                seconds = Microseconds(header.Groups["us"]) ?? seconds;
                at += header.Length;
            }
            else if (Stamp(text, at) is { Success: true } stamp)
            {
                var digits = stamp.Groups["s"].ValueSpan;
                seconds = double.TryParse(digits, CultureInfo.InvariantCulture, out var value) ? value : null;
                caller = null;
                at += stamp.Length;
            }
            else if (Caller().Match(text, at) is { Success: true } id)
            {
                caller = id.Groups["c"] is { Success: true } name ? name.Value : caller;
                at += id.Length;
            }
            else
                return at;
        }
    }

    private static Match Stamp(string text, int at) =>
        StampHere().Match(text, at) is { Success: true } whole ? whole : at == 0 ? TornStamp().Match(text) : Match.Empty;

    private static double? Microseconds(Group group) =>
        group.Success && ulong.TryParse(group.ValueSpan, CultureInfo.InvariantCulture, out var value) ? value / 1e6 : null;

    // "dmesg.txt:12:", "console |", "[vendor] ": before the stamp, without anything that a kernel says, and with an end.
    private static bool IsCarrier(ReadOnlySpan<char> text) =>
        text.Length <= LongestCarrier && text[^1] is ':' or '|' or ']' or '>' or ')' or '-' or '#' or '$' or (>= '0' and <= '9')
        && text.ToString() is var before && EventContent.Of(before) == ContentKind.None && EventRules.Find(before) is null;

    private const string Level = @"(?:<\d{1,3}>)?";

    // Behind the seconds: a CPU ("@2", ",2"), the time since the line before (dmesg -d), a date (some vendors').
    private const string Behind = @"(?:[@,]\s?\d{1,3}|s|\s?<\s*[+-]?\d+\.\d+\s?>|\s/\s[\d\s:.-]{10,30})?\s?\](?:<\d>)?";

    // The kernel's own stamp, anywhere in a line.
    [GeneratedRegex(Level + @"\[\s{0,8}(?<s>\d{1,9}\.\d{6})" + Behind, RegexOptions.CultureInvariant)]
    private static partial Regex TimeStamp();

    // At the beginning it may have another fraction or none.
    [GeneratedRegex(@"\G" + Level + @"\[\s{0,8}(?<s>\d{1,9}\.(?:\d{3,9})?)" + Behind + @"\s?", RegexOptions.CultureInvariant)]
    private static partial Regex StampHere();

    // Its bracket, or more, was lost in copying.
    [GeneratedRegex(@"^\s{0,8}(?<s>\d{1,9}\.\d{6})\]\s?", RegexOptions.CultureInvariant)]
    private static partial Regex TornStamp();

    // Who printed it: "[  T123]" and "[C1]" (CONFIG_PRINTK_CALLER), Samsung's "[1:  swapper/0:    1]", MediaTek's
    // "(5)[0:swapper/5]", HiSilicon's "[pid:1,cpu2,init]", Unisoc's "c0   123 (init) ".
    [GeneratedRegex(
        @"\G\s{0,2}(?:\[\s{0,8}(?<c>[TC]\d{1,9})(?:@C?\d{1,4})?\]|\[\d{1,3}:[^\]]{1,40}:\s*\d{1,9}\]"
            + @"|\(\d{1,3}\)\[\d{1,9}:[^\]]{1,40}\]|\[pid:\d{1,9},cpu\d{1,3},[^\]]{1,40}\]"
            + @"|c\d\s{1,6}\d{1,7}\s(?:\([^)]{1,16}\)\s)?)\s?",
        RegexOptions.CultureInvariant)]
    private static partial Regex Caller();
}

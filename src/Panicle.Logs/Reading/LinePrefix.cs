using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Panicle.Logs.Reading;

/// <summary>
/// Takes from a line what its carriers put before the kernel's message: quoting, web escapes, syslog and journal headers, levels,
/// time stamps, caller ids. A line in which a second message's time stamp stands (two CPUs' output run together) becomes two.
/// </summary>
internal static partial class LinePrefix
{
    /// <summary>The messages in a raw line.</summary>
    public static IEnumerable<LogLine> Split(string raw, long number)
    {
        if (raw.StartsWith("{\"", StringComparison.Ordinal) && JournalMessage(raw) is { } message)
            return message.Split('\n').SelectMany(line => SplitPlain(line, number));
        return SplitPlain(raw, number);
    }

    private static IEnumerable<LogLine> SplitPlain(string raw, long number)
    {
        var text = Clean(raw);
        var start = 0;
        double? seconds = null;
        string? caller = null;
        var stamps = TimeStamp().EnumerateMatches(text);
        var pieces = new List<LogLine>();
        while (stamps.MoveNext())
        {
            var stamp = stamps.Current;
            Add(text[start..stamp.Index]);
            var match = TimeStamp().Match(text, stamp.Index, stamp.Length);
            seconds = double.TryParse(match.Groups["s"].ValueSpan, CultureInfo.InvariantCulture, out var value) ? value : null;
            caller = match.Groups["c"] is { Success: true } id ? id.Value : null;
            start = stamp.Index + stamp.Length;
        }
        Add(text[start..]);
        if (pieces.Count == 0)
            pieces.Add(new LogLine(number, "", seconds, caller));
        return pieces;

        void Add(string piece)
        {
            var rest = Header().Match(piece) is { Success: true } header ? piece[header.Length..] : piece;
            if (Caller().Match(rest) is { Success: true } id)
            {
                caller = id.Groups["c"].Value;
                rest = rest[id.Length..];
            }
            if (rest.AsSpan().Trim().Length > 0)
                pieces.Add(new LogLine(number, rest.TrimEnd(), seconds, caller));
        }
    }

    private static string Clean(string text)
    {
        if (text.Contains("&lt;", StringComparison.Ordinal) || text.Contains("&gt;", StringComparison.Ordinal))
            text = System.Net.WebUtility.HtmlDecode(text);
        if (text.AsSpan().IndexOfAnyInRange('\0', '\x1f') >= 0 || text.Contains('\x7f'))
        {
            text = Escape().Replace(text, "");
            text = new string([.. text.Select(c => c == '\t' ? ' ' : c).Where(c => c >= ' ' && c != '\x7f')]);
        }
        return text;
    }

    // journalctl -o json: MESSAGE is a string, or an array of bytes where it isn't UTF-8.
    private static string? JournalMessage(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (!document.RootElement.TryGetProperty("MESSAGE", out var message))
                return null;
            return message.ValueKind switch
            {
                JsonValueKind.String => message.GetString(),
                JsonValueKind.Array => Encoding.UTF8.GetString(
                    [.. message.EnumerateArray().Select(value => value.TryGetByte(out var b) ? b : (byte)'?')]),
                _ => null,
            };
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    // The kernel's own stamp, with the level before it and the caller behind it (CONFIG_PRINTK_CALLER):
    // "<4>[   12.345678][  T123] ", "[12.345678] [C1] ". Samsung's and Android's kernels add "[1:  swapper/0:    1] ".
    [GeneratedRegex(
        @"(?:<\d{1,3}>)?\[\s{0,8}(?<s>\d{1,9}\.\d{6})\](?:<\d>)?(?:\s?\[\s*(?<c>[TC]\d+)\])?"
            + @"(?:\s?\[\d+:[^\]]{1,40}:\s*\d+\])?\s?",
        RegexOptions.CultureInvariant)]
    private static partial Regex TimeStamp();

    // What stands before the message when there is no stamp, or before the stamp. Each alternative is one carrier.
    [GeneratedRegex(
        @"^(?:" +
        @"(?:>\s)+|\|\s" + // mail quoting
                           // syslog, kern.log, journalctl; with ISO dates
        @"|(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*|[A-Z][a-z]{2}\s+\d{1,2}\s\d\d:\d\d:\d\d(?:\.\d+)?)" +
        @"(?:\s+(?:\S+\s+)?kernel(?:\[\d+\])?:\s?|\s)" +
        @"|(?:[\w.-]{1,64}\s)?kernel:\s(?=[\[<A-Z])|MESSAGE=|<\d{1,3}>\d*\s*" + // journalctl -o cat, a raw level
        @"|\d{1,3},\d+,\d+,[-c+](?:,[^;]{0,80})?;" + // /dev/kmsg and extended netconsole
        @"|\[\s?[A-Z][a-z]{2}\s[A-Z][a-z]{2}\s+\d{1,2}\s\d\d:\d\d:\d\d\s\d{4}\]\s?" + // dmesg -T
        @"|\d{4}/\d\d/\d\d\s\d\d:\d\d:\d\d\s" + // console loggers
        @"|\*\*\s\d+\sprintk\smessages\sdropped\s\*\*\s?" +
        @")+", RegexOptions.CultureInvariant)]
    private static partial Regex Header();

    [GeneratedRegex(@"^\[\s*(?<c>[TC]\d+)\]\s", RegexOptions.CultureInvariant)]
    private static partial Regex Caller();

    [GeneratedRegex(@"\x1b\[[0-9;?]*[A-Za-z]", RegexOptions.CultureInvariant)]
    private static partial Regex Escape();
}

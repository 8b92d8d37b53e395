using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Panicle.Logs.Tests.Reading;

/// <summary>A kernel's log as each of the programs that people read logs with shows it.</summary>
internal static class CarriedLog
{
    private const string Clock = "03:34:54";

    /// <summary>What each carrier makes of the lines of a log.</summary>
    public static IReadOnlyDictionary<string, Func<IReadOnlyList<LogEntry>, string>> All { get; } =
        new Dictionary<string, Func<IReadOnlyList<LogEntry>, string>>
        {
            ["dmesg -r"] = Each(line => $"<4>{line.Stamped}"),
            ["dmesg -t"] = Each(line => line.Text),
            ["dmesg -T"] = Each(line => $"[Sat Nov 21 {Clock} 2026] {line.Text}"),
            ["dmesg -T -d"] = Each(line => $"[Sat Nov 21 {Clock} 2026 <    0.000012>] {line.Text}"),
            ["dmesg -d"] = Each(line => $"[{line.Time} <    0.000012>] {line.Text}"),
            ["dmesg -t -d"] = Each(line => $"[<    0.000012>] {line.Text}"),
            ["dmesg -e"] = Each(line => line.Number % 9 == 0 ? $"[Nov21 03:34] {line.Text}" : $"[  +0.000012] {line.Text}"),
            ["dmesg -H"] = Each(line => $"\u001b[32m[  +0.000012] \u001b[0m\u001b[31m{line.Text}\u001b[0m"),
            ["dmesg -x"] = Each(line => $"kern  :warn  : {line.Stamped}"),
            ["dmesg -x -T"] = Each(line => $"kern  :alert : [Sat Nov 21 {Clock} 2026] {line.Text}"),
            ["dmesg -x -e"] = Each(line => $"kern  :info  : [  +0.000012] {line.Text}"),
            ["dmesg -x --time-format iso"] = Each(line => $"kern  :err   : 2026-11-21T{Clock},123456+01:00 {line.Text}"),
            ["dmesg -J"] = lines => "{\n   \"dmesg\": [\n      " + string.Join(",", lines.Select(line =>
                $"{{\n         \"pri\": 4,\n         \"time\": {line.Time},\n         \"msg\": {Json(line.Text)}\n      }}"))
                    + "\n   ]\n}\n",
            ["caller ids"] = Each(line => $"[{line.Time}][  T143] {line.Text}"),
            ["netconsole, /dev/kmsg"] = Each(line => $"4,{line.Number},{line.Microseconds},-,caller=T143;{line.Text}"),
            ["syslog"] = Each(line => $"Nov 21 {Clock} web-07 kernel: {line.Stamped}"),
            ["syslog, RFC 5424"] = Each(line => $"<4>1 2026-11-21T{Clock}.123456+01:00 web-07 kernel - - - {line.Text}"),
            ["ISO syslog"] = Each(line => $"2026-11-21T{Clock}.123456+00:00 web-07 kernel: {line.Stamped}"),
            ["OpenWrt's logread"] = Each(line => $"Sat Nov 21 {Clock} 2026 kern.warn kernel: {line.Stamped}"),
            ["journalctl"] = Each(line => $"Nov 21 {Clock} web-07 kernel: {line.Text}"),
            ["journalctl in Russian"] = Each(line => $"июл 21 {Clock} web-07 kernel: {line.Text}"),
            ["journalctl in French"] = Each(line => $"févr. 21 {Clock} web-07 kernel: {line.Text}"),
            ["journalctl in Chinese"] = Each(line => $"7月 21 {Clock} web-07 kernel: {line.Text}"),
            ["journalctl in Vietnamese"] = Each(line => $"Thg 7 21 {Clock} web-07 kernel: {line.Text}"),
            ["journalctl -o short-precise"] = Each(line => $"Nov 21 {Clock}.123456 web-07 kernel: {line.Text}"),
            ["journalctl -o short-iso"] = Each(line => $"2026-11-21T{Clock}+0100 web-07 kernel: {line.Text}"),
            ["journalctl -o short-iso-precise"] = Each(line => $"2026-11-21T{Clock}.123456+01:00 web-07 kernel: {line.Text}"),
            ["journalctl -o short-full"] = Each(line => $"Sat 2026-11-21 {Clock} CEST web-07 kernel: {line.Text}"),
            ["journalctl -o with-unit"] = Each(line => $"Sat 2026-11-21 {Clock} UTC web-07 init.scope/kernel: {line.Text}"),
            ["journalctl -o short-monotonic"] = Each(line => $"[{line.Time}] web-07 kernel: {line.Text}"),
            ["journalctl -o short-delta"] = Each(line => $"[{line.Time} <    0.000012 >] web-07 kernel: {line.Text}"),
            ["journalctl -o short-unix"] = Each(line => $"1795000000.123456 web-07 kernel: {line.Text}"),
            ["journalctl -o json"] = Each(line => Record(line, Json(line.Text), "")),
            ["journalctl -o json, not UTF-8"] = Each(line => Record(line, Bytes(line, ","), "")),
            ["journalctl -o json-sse"] = Each(line => $"data: {Record(line, Json(line.Text), "")}\n"),
            ["journalctl -o json-seq"] = Each(line => $"\u001e{Record(line, Json(line.Text), "")}"),
            ["journalctl -o json-pretty"] = Each(line => Record(line, Json(line.Text), "\n\t")),
            ["journalctl -o json-pretty, not UTF-8"] = Each(line => Record(line, Bytes(line, ",\n\t\t"), "\n\t")),
            ["journalctl -o verbose"] = Each(Verbose),
            ["journalctl -o export"] = Each(line => Export(line, $"MESSAGE={line.Text}")),
            ["journalctl -o export, binary"] = Each(line => Export(line, $"MESSAGE\n{Length(line)}{line.Text}")),
            ["journalctl -r"] = NewestFirst(line =>
                $"Nov 21 03:3{line.Number / 60 % 10}:{line.Number % 60:00} web-07 kernel: {line.Text}"),
            ["journalctl -r, all in a second"] = NewestFirst(line => $"Nov 21 {Clock} web-07 kernel: {line.Text}"),
            ["journalctl -r -o short-monotonic"] = NewestFirst(line => $"[{line.Time}] web-07 kernel: {line.Text}"),
            ["journalctl -r -o json"] = NewestFirst(line => Record(line, Json(line.Text), "")),
            ["journalctl -r -o json-pretty"] = NewestFirst(line => Record(line, Json(line.Text), "\n\t")),
            ["journalctl -r -o verbose"] = NewestFirst(Verbose),
            ["journalctl -r -o export"] = NewestFirst(line => Export(line, $"MESSAGE={line.Text}")),
            ["logcat -b kernel"] = Each(line => $"11-21 {Clock}.123     0     0 W         : {line.Text}"),
            ["logcat -v brief"] = Each(line => $"W/        (    0): {line.Text}"),
            ["Samsung"] = Each(line => $"[{line.Time}]  [4:         worker: 2962] {line.Text}"),
            ["MediaTek"] = Each(line => $"<4>[{line.Time}]  (5)[0:swapper/5]{line.Text}"),
            ["HiSilicon"] = Each(line => $"[{line.Time}s][pid:143,cpu5,worker]{line.Text}"),
            ["Amlogic"] = Each(line => $"[{line.Time}@5] {line.Text}"),
            ["Talos"] = Each(line => $"kern: warning: [2026-11-21T{Clock}.913975631Z]: {line.Text}"),
            ["docker compose logs"] = Each(line => $"console-1  | {line.Stamped}"),
            ["kubectl logs"] = Each(line => $"2026-11-21T{Clock}.123456789Z {line.Text}"),
            ["containers' JSON"] = Each(line =>
                $"{{\"log\":{Json(line.Text + "\n")},\"stream\":\"stdout\",\"time\":\"2026-11-21T{Clock}Z\"}}"),
            ["grep -n"] = Each(line => $"kern.log:{line.Number}:{line.Stamped}"),
            ["a terminal's clock"] = Each(line => $"[2026/11/21, {Clock}.334] {line.Text}"),
            ["time stamps without fractions"] = Each(line => $"[{line.Time.Split('.')[0]}.] {line.Text}"),
            ["first brackets lost"] = Each(line => $"{line.Time}] {line.Text}"),
            ["a mail's quotation"] = Each(line => $"> > {line.Stamped}"),
            ["quoted-printable"] = lines => QuotedPrintable(lines, ""),
            ["quoted-printable, with its header"] = lines =>
                QuotedPrintable(lines, "From: somebody\nContent-Transfer-Encoding: quoted-printable\n\n"),
            ["wrapped by a terminal"] = Each(line => Wrapped(line.Stamped, 80)),
            ["wrapped by a mailer"] = Each(line => WrappedBetweenWords(line.Stamped, 72)),
            ["wrapped by a mailer, quoted"] = Each(line =>
                "> " + WrappedBetweenWords(line.Stamped, 76).Replace("\n", "\n> ", StringComparison.Ordinal)),
            ["bold Markdown"] = Each(line => $"**{line.Stamped}**"),
            ["code in Markdown"] = Each(line => $"`{line.Stamped}`"),
            ["a span of code"] = lines => $"`{Each(line => line.Stamped)(lines).TrimEnd()}`\n",
            ["escaped Markdown"] = Each(line => Escaped(line.Stamped)),
            ["a web page"] = Each(line => WebUtility.HtmlEncode(line.Stamped)),
            ["a web page with its tags"] = Each(line => $"<code>{WebUtility.HtmlEncode(line.Stamped)}</code><br>"),
            ["blanks that don't break"] = Each(line => line.Stamped.Replace(' ', '\u00a0')),
            ["line ends of a serial line"] = lines =>
                Each(line => line.Stamped)(lines).Replace("\n", "\r\n", StringComparison.Ordinal),
            ["bytes that are no text"] = Each(line =>
                line.Stamped.Replace("Hardware name: QEMU", "Hardware name: QEMU\ufffd", StringComparison.Ordinal)),
            ["line ends lost"] = lines => Each(line => line.Stamped)(lines).Replace('\n', ' '),
            ["line ends lost in a syslog"] = lines =>
                Each(line => $"Nov 21 {Clock} web-07 kernel: {line.Stamped}")(lines).Replace('\n', ' '),
        };

    /// <summary>The lines of a log with the kernel's stamps.</summary>
    public static IReadOnlyList<LogEntry> Entries(string text)
    {
        var entries = new List<LogEntry>();
        var time = "    0.000000";
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith('[') && line.IndexOf("] ", StringComparison.Ordinal) is > 0 and var end)
            {
                time = line[1..end];
                entries.Add(new LogEntry(entries.Count + 1, time, line[(end + 2)..].TrimEnd('\r')));
            }
        }
        return entries;
    }

    private static Func<IReadOnlyList<LogEntry>, string> Each(Func<LogEntry, string> form) =>
        lines => string.Concat(lines.Select(line => form(line) + "\n"));

    private static Func<IReadOnlyList<LogEntry>, string> NewestFirst(Func<LogEntry, string> form) =>
        lines => Each(form)([.. lines.Reverse()]);

    // Letters that are no control characters stand as they are; quotation marks and backslashes don't.
    private static string Json(string text) =>
        "\"" + JsonEncodedText.Encode(text, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping) + "\"";

    private static string Bytes(LogEntry line, string between) =>
        $"[{between.TrimStart(',')}"
            + string.Join(between, Encoding.UTF8.GetBytes(line.Text).Select(one => one.ToString(CultureInfo.InvariantCulture)))
            + (between.Length > 1 ? "\n\t" : "") + "]";

    private static string Record(LogEntry line, string message, string indent)
    {
        var equals = indent.Length > 0 ? " : " : ":";
        return $"{{{indent}\"__REALTIME_TIMESTAMP\"{equals}\"{1_795_000_000_000_000 + line.Microseconds}\","
            + $"{indent}\"_TRANSPORT\"{equals}\"kernel\","
            + $"{indent}\"MESSAGE\"{equals}{message},{indent}\"_SOURCE_MONOTONIC_TIMESTAMP\"{equals}\"{line.Microseconds}\","
            + $"{indent}\"SYSLOG_IDENTIFIER\"{equals}\"kernel\"{(indent.Length > 0 ? "\n" : "")}}}";
    }

    private static string Verbose(LogEntry line) =>
        $"Sat 2026-11-21 03:{line.Number / 60 % 60:00}:{line.Number % 60:00}.123456 CET "
            + "[s=0123456789abcdef0123456789abcdef;i=1f2;b=0123456789abcdef0123456789abcdef;m=1;t=2;x=3]\n"
            + $"    _TRANSPORT=kernel\n    PRIORITY=4\n    SYSLOG_IDENTIFIER=kernel\n    MESSAGE={line.Text}\n"
            + $"    _SOURCE_MONOTONIC_TIMESTAMP={line.Microseconds}\n    _HOSTNAME=web-07\n    _MACHINE_ID=0123456789abcdef";

    private static string Export(LogEntry line, string message) =>
        $"__CURSOR=s=01;i={line.Number:x}\n__REALTIME_TIMESTAMP={1_795_000_000_000_000 + line.Microseconds}\n"
            + $"_SOURCE_MONOTONIC_TIMESTAMP={line.Microseconds}\n_TRANSPORT=kernel\nPRIORITY=4\n{message}\n_HOSTNAME=web-07\n";

    private static string Length(LogEntry line) =>
        (char)Math.Min(Encoding.UTF8.GetByteCount(line.Text), 127) + new string('\0', 7);

    private static string QuotedPrintable(IReadOnlyList<LogEntry> lines, string header)
    {
        const int Longest = 75;
        var text = new StringBuilder(header);
        foreach (var line in lines)
        {
            var column = 0;
            foreach (var b in Encoding.UTF8.GetBytes(line.Stamped))
            {
                var piece = b is (byte)'=' or >= 0x7f ? $"={b:X2}" : ((char)b).ToString();
                if (column + piece.Length > Longest)
                {
                    text.Append("=\n");
                    column = 0;
                }
                text.Append(piece);
                column += piece.Length;
            }
            text.Append('\n');
        }
        return text.ToString();
    }

    private static string Wrapped(string line, int width) =>
        string.Join('\n', line.Chunk(width).Select(piece => new string(piece)));

    private static string WrappedBetweenWords(string line, int width)
    {
        var text = new StringBuilder();
        while (line.Length > width && line.LastIndexOf(' ', width) is > 20 and var blank)
        {
            text.Append(line.AsSpan(0, blank)).Append('\n');
            line = line[(blank + 1)..];
        }
        return text.Append(line).ToString();
    }

    private static string Escaped(string text) => string.Concat(text.Select((c, i) =>
        c is '[' or ']' or '<' or '>' or '*' or '#' || (c == '_' && i > 0 && char.IsLetterOrDigit(text[i - 1]))
            ? $"\\{c}" : c.ToString()));
}

/// <summary>A line of a kernel's log.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Time">Its time as the kernel writes it.</param>
/// <param name="Text">What was printed.</param>
internal sealed record LogEntry(int Number, string Time, string Text)
{
    public string Stamped => $"[{Time}] {Text}";

    public long Microseconds => (long)Math.Round(double.Parse(Time, CultureInfo.InvariantCulture) * 1e6);
}

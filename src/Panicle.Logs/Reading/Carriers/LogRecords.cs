using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Panicle.Logs.Reading.Carriers;

/// <summary>
/// Logs whose lines are values of records: <c>journalctl -o json</c>, <c>json-pretty</c>, <c>json-sse</c>, <c>export</c> and
/// <c>verbose</c>, <c>dmesg --json</c>, containers' and clouds' JSON. What else a record says is left out.
/// </summary>
internal sealed partial class LogRecords : Carrier
{
    private const int LengthBytes = 8;

    // Numbers of a message that is no UTF-8, printed one a line.
    private List<byte>? _bytes;
    private (string Text, long Number)? _message;
    private double? _seconds;
    private Binary _binary;
    private bool _isPretty;

    /// <summary>Whether a text's records are of several lines each, all of which are wanted.</summary>
    public static bool HaveManyLines(IReadOnlyList<string> lines) =>
        lines.Any(line => line.AsSpan().Trim() is "{" or "data: {") && lines.Any(line => Member().IsMatch(line));

    /// <summary>Whether a text has records at all.</summary>
    public static bool Are(IReadOnlyList<string> lines) => lines.Any(line => line.StartsWith("{\"", StringComparison.Ordinal)
        || Member().IsMatch(line) || Field().IsMatch(line) || Cursor().IsMatch(line));

    public override void Add(RawLine line, Action<RawLine> next)
    {
        var text = line.Text;
        if (_bytes is not null && !AddBytes(text, next))
            return;
        if (_binary != Binary.No && AddBinary(line, next))
            return;
        var start = Lead().Match(text).Length;
        if (start < text.Length && text[start] == '{' && text.IndexOf('"', start) - start is > 0 and < 4)
        {
            if (!AddWhole(text[start..], line.Number, next))
                next(line);
        }
        else if (IsEdge(text))
            End(next);
        else if (text == "MESSAGE")
            _binary = Binary.Length;
        else if (HasLength(text))
            next(line with { Text = text[LengthBytes..], Seconds = _seconds });
        else if (Cursor().IsMatch(text))
            _seconds = null;
        else if (Member().Match(text) is { Success: true } member && (_isPretty || IsMember(member)))
            AddMember(member.Groups["k"].Value, text[(member.Index + member.Length)..], line.Number);
        else if (Field().Match(text) is { Success: true } field)
            AddField(field.Groups["k"].Value, text[(field.Index + field.Length)..], line, next);
        else
            next(line);
    }

    public override void End(Action<RawLine> next)
    {
        if (_message is var (text, number))
            Give(text, number, _seconds, next);
        (_message, _seconds) = (null, null);
    }

    private static void Give(string message, long number, double? seconds, Action<RawLine> next)
    {
        foreach (var one in message.TrimEnd('\n').Split('\n'))
            next(new RawLine(one, number, seconds));
    }

    // A pretty record's braces.
    private bool IsEdge(string text)
    {
        var trimmed = text.AsSpan().Trim();
        if (trimmed is not ("{" or "}" or "}," or "},{" or "]" or "[" or "]," or "data: {" or "data: }"))
            return false;
        _isPretty |= trimmed is "{" or "data: {";
        return true;
    }

    private static bool IsMember(Match member) =>
        IsMessage(member.Groups["k"].Value) || member.Groups["k"].Value is "pri" or "time";

    private static bool IsMessage(string key) => key is "MESSAGE" or "msg" or "message" or "log" or "textPayload";

    private void AddMember(string key, string value, long number)
    {
        value = value.TrimEnd().TrimEnd(',');
        if (key == "time" && double.TryParse(value, CultureInfo.InvariantCulture, out var time))
            _seconds = time;
        else if (key == "_SOURCE_MONOTONIC_TIMESTAMP")
            _seconds = Microseconds(value.Trim('"')) ?? _seconds;
        if (!IsMessage(key))
            return;
        if (value is "[")
            (_bytes, _message) = ([], ("", number));
        else if (Text(value) is { } text)
            _message = (text, number);
    }

    // Whether the line after is to be looked at: the array has ended.
    private bool AddBytes(string text, Action<RawLine> next)
    {
        var value = text.AsSpan().Trim().TrimEnd(',');
        if (byte.TryParse(value, CultureInfo.InvariantCulture, out var one) && _bytes!.Count < Longest)
        {
            _bytes.Add(one);
            return false;
        }
        _message = (Encoding.UTF8.GetString([.. _bytes!]), _message?.Number ?? 0);
        _bytes = null;
        if (value is "]")
            return false;
        End(next);
        return true;
    }

    // Where the name before it was passed over.
    private static bool HasLength(string text) =>
        text.Length > LengthBytes && text.AsSpan(2, LengthBytes - 2).IndexOfAnyExcept('\0') < 0;

    // journalctl -o export: a name alone, eight bytes of length, and what may hold line ends.
    private bool AddBinary(RawLine line, Action<RawLine> next)
    {
        if (_binary == Binary.Length)
        {
            _binary = Binary.Text;
            next(line with { Text = line.Text.Length > LengthBytes ? line.Text[LengthBytes..] : "", Seconds = _seconds });
            return true;
        }
        if (line.Text.Length > 0 && !Field().IsMatch(line.Text) && !FieldName().IsMatch(line.Text))
        {
            next(line with { Seconds = _seconds });
            return true;
        }
        _binary = Binary.No;
        return false;
    }

    private void AddField(string key, string value, RawLine line, Action<RawLine> next)
    {
        if (key == "MESSAGE")
            next(line with { Text = value, Seconds = _seconds });
        else if (key == "_SOURCE_MONOTONIC_TIMESTAMP")
            _seconds = Microseconds(value);
    }

    private static double? Microseconds(string value) =>
        ulong.TryParse(value, CultureInfo.InvariantCulture, out var number) ? number / 1e6 : null;

    // A record on one line. One that is cut may still have its message.
    private static bool AddWhole(string json, long number, Action<RawLine> next)
    {
        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
            using var document = JsonDocument.ParseValue(ref reader);
            var root = document.RootElement;
            if (Text(root.EnumerateObject().FirstOrDefault(member => IsMessage(member.Name)).Value) is { } message)
                Give(message, number, Time(root), next);
            return true;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            if (Torn().Match(json) is not { Success: true } torn || Text(torn.Groups["v"].Value) is not { } message)
                return false;
            Give(message, number, null, next);
            return true;
        }
    }

    private static double? Time(JsonElement root)
    {
        if (root.TryGetProperty("_SOURCE_MONOTONIC_TIMESTAMP", out var time) && time.ValueKind == JsonValueKind.String)
            return Microseconds(time.GetString()!);
        return root.TryGetProperty("pri", out _) && root.TryGetProperty("time", out time)
            && time.ValueKind == JsonValueKind.Number ? time.GetDouble() : null;
    }

    private static string? Text(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return Text(document.RootElement);
        }
        catch (JsonException)
        {
            return json.StartsWith('"') ? json.Trim('"') : null;
        }
    }

    // A string, or an array of bytes where it isn't UTF-8.
    private static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Array => Encoding.UTF8.GetString([.. value.EnumerateArray().Take(Longest)
            .Select(one => one.ValueKind == JsonValueKind.Number && one.TryGetByte(out var b) ? b : (byte)'?')]),
        _ => null,
    };

    private enum Binary
    {
        No,
        Length,
        Text,
    }

    // What may stand before a record: server-sent events, RFC 7464's separator, lists, YAML.
    [GeneratedRegex(@"^(?:data:\s|\x1e|\s+|-\s|,|\[)*", RegexOptions.CultureInvariant)]
    private static partial Regex Lead();

    [GeneratedRegex(@"^\s*""(?<k>[\w.-]{1,64})""\s?:\s?", RegexOptions.CultureInvariant)]
    private static partial Regex Member();

    [GeneratedRegex(
        @"^\s*(?<k>MESSAGE|PRIORITY|SYSLOG_\w{1,40}|_{1,2}(?:TRANSPORT|SOURCE|MACHINE|HOSTNAME|BOOT|KERNEL|CURSOR|REALTIME"
            + @"|MONOTONIC|SEQNUM|RUNTIME|UDEV|SYSTEMD|PID|UID|GID|COMM|EXE|CMDLINE|CAP|SELINUX)\w{0,40})=",
        RegexOptions.CultureInvariant)]
    private static partial Regex Field();

    [GeneratedRegex(
        @"""(?:MESSAGE|msg|message|log)""\s?:\s?(?<v>""(?:[^""\\]|\\.){0,8192}"")", RegexOptions.CultureInvariant)]
    private static partial Regex Torn();

    // The first line of a record of journalctl -o verbose.
    [GeneratedRegex(@"\[s=[0-9a-f]{32};i=[0-9a-f]{1,16};", RegexOptions.CultureInvariant)]
    private static partial Regex Cursor();

    [GeneratedRegex("^[A-Z_][A-Z0-9_]{1,63}$", RegexOptions.CultureInvariant)]
    private static partial Regex FieldName();
}

using System.Globalization;
using System.Text.RegularExpressions;
using Panicle.Logs.Events;
using Panicle.Symbols;

namespace Panicle.Logs.Reading.Carriers;

/// <summary>
/// Whether a text's last message is its first line (<c>journalctl -r</c>, web consoles): its times go down, or, where they are
/// all the same, what a kernel prints first stands behind what it prints last.
/// </summary>
internal static partial class NewestFirst
{
    /// <summary>Whether a text is so, by its first lines.</summary>
    public static bool Is(IReadOnlyList<string> lines)
    {
        const int Enough = 3;
        const int Times = 10;
        var (down, up) = (0, 0);
        string? date = null;
        double? last = null;
        foreach (var line in lines)
        {
            if (Time().Match(line) is not { Success: true } match || Seconds(match) is not { } seconds)
                continue;
            // Another day, another logger: no clock to compare with.
            var before = match.Groups["clock"].Success ? line[..match.Index] : "";
            if (last is { } known && before == date)
            {
                down += seconds < known ? 1 : 0;
                up += seconds > known ? 1 : 0;
            }
            (date, last) = (before, seconds);
        }
        if (down + up > 0)
            return down >= Enough && down > Times * up;
        return EndsFirst(lines);
    }

    // A trace's title behind its frames and with none after it, before the line that tells of what it is the trace.
    private static bool EndsFirst(IReadOnlyList<string> lines)
    {
        var title = -1;
        for (var i = 1; i < lines.Count && title < 0; i++)
        {
            if (Title().IsMatch(lines[i]))
                title = i;
        }
        return title > 0 && IsFrame(lines[title - 1]) && (title + 1 == lines.Count || !IsFrame(lines[title + 1]))
            && lines.Skip(title).Any(line => Headline(line) is not null)
            && !lines.Take(title).Any(line => Headline(line) is { Part: not HeadlinePart.Panic });
    }

    private static bool IsFrame(string line) => LinePrefix.Split(line, 0)[0].Text is var text
        && (TraceLine.TryParse(text, FrameStack.Task, out _) || Stack().IsMatch(text));

    private static EventRule? Headline(string line) => EventRules.Find(LinePrefix.Split(line, 0)[0].Text)?.Rule;

    private static double? Seconds(Match match)
    {
        var text = match.Groups["s"].ValueSpan;
        if (match.Groups["clock"].Success)
            return TimeSpan.TryParse(text.ToString().Replace(',', '.'), CultureInfo.InvariantCulture, out var time)
                ? time.TotalSeconds : null;
        return double.TryParse(text, CultureInfo.InvariantCulture, out var seconds) ? seconds : null;
    }

    [GeneratedRegex(
        @"(?<clock>)(?<s>\b\d\d:\d\d:\d\d(?:[.,]\d{1,7})?)|\[\s{0,8}(?<s>\d{1,9}\.\d{6})|^(?<s>\d{9,10}\.\d{6})\s"
            + @"|__REALTIME_TIMESTAMP""?\s?[:=]\s?""?(?<s>\d{10,17})|^\s*""time"":\s?(?<s>\d{1,9}\.\d{1,9})",
        RegexOptions.CultureInvariant)]
    private static partial Regex Time();

    [GeneratedRegex(@"\b[Cc]all [Tt]race:", RegexOptions.CultureInvariant)]
    private static partial Regex Title();

    [GeneratedRegex("^ ?<(?:TASK|IRQ|NMI)>$", RegexOptions.CultureInvariant)]
    private static partial Regex Stack();
}

using System.Globalization;
using System.Text.RegularExpressions;

namespace Panicle.Logs.Reading.Carriers;

/// <summary>
/// Whether a text's last message is its first line (<c>journalctl -r</c>, web consoles): its times go down, or, where they are all
/// the same, what a kernel prints first stands behind what it prints last.
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
        var (first, behind) = Ends(lines);
        return behind > first;
    }

    // How often a trace's title has its frames behind it, and how often before it.
    private static (int First, int Behind) Ends(IReadOnlyList<string> lines)
    {
        var (first, behind) = (0, 0);
        for (var i = 1; i + 1 < lines.Count; i++)
        {
            if (!Title().IsMatch(lines[i]))
                continue;
            first += Frame().IsMatch(lines[i + 1]) ? 1 : 0;
            behind += Frame().IsMatch(lines[i - 1]) && !Frame().IsMatch(lines[i + 1]) ? 1 : 0;
        }
        return (first, behind);
    }

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

    [GeneratedRegex(@"\+0x[0-9a-f]+/0x[0-9a-f]+|<(?:TASK|IRQ|NMI)>", RegexOptions.CultureInvariant)]
    private static partial Regex Frame();
}

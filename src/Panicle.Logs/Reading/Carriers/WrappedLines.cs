using System.Text.RegularExpressions;
using Panicle.Logs.Events;

namespace Panicle.Logs.Reading.Carriers;

/// <summary>
/// Lines that a terminal cut at its last column, or a mailer between words. Which it was, and where, is learnt from many lines:
/// what begins as no line of a kernel's does, behind lines that are as long as there is room.
/// </summary>
/// <param name="width">The columns that there are.</param>
/// <param name="isBetweenWords">Whether blanks were lost where a line was cut.</param>
/// <param name="haveHeaders">Whether each line of the kernel's has a header or a stamp, so that what has none is a rest.</param>
internal sealed partial class WrappedLines(int width, bool isBetweenWords, bool haveHeaders) : Carrier
{
    private const int Narrowest = 50;
    private const int Widest = 260;
    private const int WidestMail = 132;

    private RawLine? _begun;
    private int _lastLength;

    /// <summary>The carrier of a text, or null.</summary>
    public static WrappedLines? Of(IReadOnlyList<string> lines)
    {
        var haveHeaders = HaveHeaders(lines);
        var cuts = Cuts(lines, haveHeaders).ToList();
        if (cuts.Count == 0)
            return null;
        var longest = cuts.Max(cut => cut.Before.Length);
        if (longest is < Narrowest or > Widest || lines.Count(line => Trim(line).Length > longest) > lines.Count / 20)
            return null;
        var full = cuts.Count(cut => cut.Before.Length == longest);
        if (full >= 2 && full * 5 >= cuts.Count * 4)
            return new WrappedLines(longest, isBetweenWords: false, haveHeaders);
        var fitting = cuts.Count(cut => IsFull(cut.Before.Length, cut.After, longest));
        var isSure = cuts.Count >= 3 || cuts.Any(cut => IsLong(cut.Before));
        return longest <= WidestMail && fitting >= 2 && fitting * 5 >= cuts.Count * 4 && isSure
            ? new WrappedLines(longest, isBetweenWords: true, haveHeaders) : null;
    }

    public override void Add(RawLine line, Action<RawLine> next)
    {
        var text = Trim(line.Text);
        if (_begun is { } begun && GoesOn(begun.Text, text) && begun.Text.Length < Longest)
        {
            var rest = Quoting().Replace(text, "");
            _begun = begun with { Text = isBetweenWords ? begun.Text.TrimEnd() + " " + rest : begun.Text + rest };
        }
        else
        {
            End(next);
            _begun = line with { Text = text };
        }
        _lastLength = text.Length;
    }

    public override void End(Action<RawLine> next)
    {
        if (_begun is { } line)
            next(line);
        _begun = null;
    }

    private bool GoesOn(string begun, string text) =>
        IsRest(text, haveHeaders)
        && (isBetweenWords ? IsFull(_lastLength, text, width) && IsKernels(begun) : _lastLength == width);

    private static bool IsFull(int length, string after, int width)
    {
        var rest = Quoting().Replace(after, "");
        var blanks = rest.Length - rest.AsSpan().TrimStart().Length;
        var word = rest.IndexOf(' ', blanks);
        return length <= width && length + 1 + (word < 0 ? rest.Length : word) > width;
    }

    // Where a line that no kernel begins so follows one that is a kernel's, or the rest of one.
    private static IEnumerable<(string Before, string After)> Cuts(IReadOnlyList<string> lines, bool haveHeaders)
    {
        var isRest = false;
        for (var i = 1; i < lines.Count; i++)
        {
            var (before, after) = (Trim(lines[i - 1]), Trim(lines[i]));
            isRest = IsRest(after, haveHeaders) && (isRest || IsKernels(before));
            if (isRest && before.Length >= Narrowest)
                yield return (before, after);
        }
    }

    private static string Trim(string line) => line.TrimEnd('\r');

    // Among the lines that are a kernel's.
    private static bool HaveHeaders(IReadOnlyList<string> lines)
    {
        var (with, without) = (0, 0);
        foreach (var line in lines)
        {
            if (HasHeader(Quoting().Replace(line, "")))
                with++;
            else if (without <= with && IsKernels(line))
                without++;
        }
        return with > 2 * without;
    }

    private static bool IsRest(string line, bool haveHeaders)
    {
        if (string.IsNullOrWhiteSpace(line) || line.StartsWith('{'))
            return false;
        var text = Quoting().Replace(line, "");
        return !HasHeader(text) && (haveHeaders || EventContent.Of(text) == ContentKind.None && EventRules.Find(text) is null);
    }

    private static bool IsKernels(string line)
    {
        var text = Quoting().Replace(line, "");
        return HasHeader(text) || EventContent.Of(text) != ContentKind.None || EventRules.Find(text) is not null;
    }

    private static bool IsLong(string line) =>
        line.Contains("Code: ", StringComparison.Ordinal) || line.Contains("Modules linked in:", StringComparison.Ordinal);

    private static bool HasHeader(string text) => LineHeader.Form().Match(text).Length > 0 || Stamp().IsMatch(text);

    [GeneratedRegex(@"^(?:>(?=[\s>\[])\s?)+", RegexOptions.CultureInvariant)]
    private static partial Regex Quoting();

    [GeneratedRegex(@"^.{0,40}?\[\s{0,8}\d{1,9}\.\d{0,9}[^\]]{0,30}\]", RegexOptions.CultureInvariant)]
    private static partial Regex Stamp();
}

using System.Text.RegularExpressions;

namespace Panicle.Logs.Reading;

/// <summary>Takes apart what was several lines before their ends were lost, by what a kernel's lines begin with.</summary>
internal static partial class GluedLine
{
    private const int Shortest = 200;
    private const int Enough = 3;

    /// <summary>The lines in a text; the text itself where it is one.</summary>
    public static IReadOnlyList<string> Split(string text)
    {
        if (text.Length < Shortest || text.StartsWith("Modules linked in", StringComparison.Ordinal) && !Sure().IsMatch(text))
            return [text];
        var starts = new List<int>();
        foreach (var match in Start().EnumerateMatches(text))
        {
            if (match.Index > 0)
                starts.Add(match.Index);
        }
        if (starts.Count < Enough || !Sure().IsMatch(text))
            return [text];
        starts.Add(text.Length);
        var pieces = new List<string>();
        var begin = 0;
        foreach (var end in starts)
        {
            var piece = text[begin..end].TrimEnd();
            if (LineHeader.Form().Match(piece) is { Success: true, Length: > 0 } header)
                piece = piece[header.Length..];
            if (!string.IsNullOrWhiteSpace(piece))
                pieces.Add(piece);
            begin = end;
        }
        return pieces;
    }

    // No line of a kernel holds one of these but at its beginning.
    [GeneratedRegex(
        @".(?:Call [Tt]race:|CPU: \d+ (?:UID: \d+ )?PID: \d|Hardware name: |Modules linked in:|---\[ end |\skernel: )",
        RegexOptions.CultureInvariant)]
    private static partial Regex Sure();

    [GeneratedRegex(
        @"(?:\p{L}{2,9}\s{1,2}\d{1,2}\s\d\d:\d\d:\d\d\s\S{1,64}\s|\d{4}-\d\d-\d\dT\S{8,30}\s\S{1,64}\s)kernel(?:\[\d+\])?:\s"
            + @"|------------\[ cut here|---\[ end |(?<!: )BUG: |WARNING: CPU|Kernel panic - |general protection fault[:,]|Oops: "
            + @"|#PF: |PGD [0-9a-f]|CPU: \d+ (?:UID: \d+ )?PID: |Hardware name: |Workqueue: |RIP: |Code: (?=[0-9a-f]{2} )"
            + @"|RSP: |RAX: |RDX: |RBP: |R10: |R13: |FS: |CS: |CR2: |Call [Tt]race:|</?(?:TASK|IRQ|NMI|SOFTIRQ)>"
            + @"|Modules linked in:|\bpc : |\blr : |\bsp : "
            + @"|\bx\d{1,2}\s?: (?=[0-9a-f]{16})|(?<=[\s\])])(?<!(?:pc|lr|RIP) ?: |at \S{1,80} )"
            + @"(?:\[<[0-9a-f]{8,16}>\]\s)?(?:\?\s)?[A-Za-z_][\w.]{1,80}\+0x[0-9a-f]{1,6}/0x[0-9a-f]{1,6}",
        RegexOptions.CultureInvariant)]
    private static partial Regex Start();
}

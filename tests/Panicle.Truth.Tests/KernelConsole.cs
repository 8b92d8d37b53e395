using System.Globalization;
using System.Text.RegularExpressions;

namespace Panicle.Truth.Tests;

/// <summary>A line that the kernel printed: seconds since boot, and the text.</summary>
internal sealed record ConsoleLine(decimal Seconds, string Text);

/// <summary>
/// What the dying kernel printed on its console after it had testified. The guest's own programs print there too (without
/// times, and sometimes in front of a kernel's line), and so does the capture kernel (whose times begin again).
/// </summary>
internal sealed partial class KernelConsole
{
    private KernelConsole(IReadOnlyList<ConsoleLine> lines) => Lines = lines;

    /// <summary>The kernel's lines, in order.</summary>
    public IReadOnlyList<ConsoleLine> Lines { get; }

    /// <summary>
    /// Whether the crash itself is in it. A kernel that dies in an NMI or in a double fault keeps its last words in its log:
    /// printing on a console could deadlock there.
    /// </summary>
    public bool HasLastWords => Lines.Any(line => line.Text is "Call Trace:");

    /// <summary>Reads the lab's recording of a console from the first line after a time.</summary>
    public static KernelConsole Read(string path, decimal after)
    {
        var lines = new List<ConsoleLine>();
        foreach (var line in File.ReadLines(path))
        {
            var match = KernelLine().Match(line);
            if (!match.Success)
                continue;
            var seconds = decimal.Parse(match.Groups["time"].Value, CultureInfo.InvariantCulture);
            if (seconds > after)
                lines.Add(new ConsoleLine(seconds, match.Groups["text"].Value.TrimEnd('\r')));
            else if (lines.Count > 0)
                break;
        }
        return new KernelConsole(lines);
    }

    [GeneratedRegex(@"\[ *(?<time>\d+\.\d{6})\](?:\[ *[TC]\d+\])? ?(?<text>.*)$")]
    private static partial Regex KernelLine();
}

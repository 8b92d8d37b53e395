using System.Globalization;
using System.Text.RegularExpressions;

namespace Panicle.Truth.Tests;

/// <summary>A line that the kernel printed: seconds since boot, and the text.</summary>
internal sealed record ConsoleLine(decimal Seconds, string Text);

/// <summary>
/// What the dying kernel printed on its console after it had testified. The guest's own programs print there too (without
/// times), and so does the capture kernel (whose times begin again).
/// </summary>
internal sealed partial class KernelConsole
{
    private const string LastWordsOfTestimony = "LAB testified";

    private KernelConsole(IReadOnlyList<ConsoleLine> lines) => Lines = lines;

    /// <summary>The kernel's lines, in order.</summary>
    public IReadOnlyList<ConsoleLine> Lines { get; }

    /// <summary>Reads the lab's recording of a console.</summary>
    public static KernelConsole Read(string path)
    {
        var lines = new List<ConsoleLine>();
        var text = File.ReadAllText(path);
        var start = text.IndexOf(LastWordsOfTestimony, StringComparison.Ordinal) + LastWordsOfTestimony.Length;
        foreach (var line in text[start..].Split('\n'))
        {
            var match = KernelLine().Match(line);
            if (!match.Success)
                continue;
            var seconds = decimal.Parse(match.Groups["time"].Value, CultureInfo.InvariantCulture);
            if (seconds == 0 && lines.Count > 0)
                break;
            lines.Add(new ConsoleLine(seconds, match.Groups["text"].Value.TrimEnd('\r')));
        }
        return new KernelConsole(lines);
    }

    [GeneratedRegex(@"^\[ *(?<time>\d+\.\d{6})\](?:\[ *[TC]\d+\])? ?(?<text>.*)$")]
    private static partial Regex KernelLine();
}

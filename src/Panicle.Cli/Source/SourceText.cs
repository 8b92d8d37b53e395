namespace Panicle.Cli;

/// <summary>A line of a source file, numbered from 1.</summary>
internal sealed record SourceLine(int Number, string Text)
{
    /// <summary>Whether it is the line that was asked for.</summary>
    public bool IsCurrent { get; init; }
}

/// <summary>
/// A place in a source file: the path within the source tree, the line, and the text around it where a source tree has it.
/// </summary>
internal sealed record SourcePlace(string File, uint Line, IReadOnlyList<SourceLine> Text)
{
    /// <summary>Writes the text, the line that was asked for marked.</summary>
    public void WriteText(TextOutput output)
    {
        var width = Text.Count == 0 ? 0 : $"{Text[^1].Number}".Length;
        foreach (var line in Text)
            output.Line($"{(line.IsCurrent ? "* " : "  ")}{line.Number.ToString().PadLeft(width)} {line.Text}".TrimEnd());
    }
}

internal static class SourceText
{
    // The largest file in the kernel's tree that is compiled has some 100,000 lines.
    private const int MostLines = 1_000_000;
    private const int LongestLine = 1000;

    /// <summary>The lines from one to another, both included; none if the file can't be read.</summary>
    public static IReadOnlyList<SourceLine> Read(string path, long from, long to, uint current)
    {
        var lines = new List<SourceLine>();
        try
        {
            var number = 0;
            foreach (var text in File.ReadLines(path).Take((int)Math.Min(to, MostLines)))
            {
                if (++number < from)
                    continue;
                var shown = text.Length > LongestLine ? text[..LongestLine] : text;
                lines.Add(new(number, shown) { IsCurrent = number == current });
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
        return lines;
    }
}

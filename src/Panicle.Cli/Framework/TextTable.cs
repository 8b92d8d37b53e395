namespace Panicle.Cli;

/// <summary>A column of a <see cref="TextTable"/>.</summary>
/// <param name="Heading">Its heading.</param>
/// <param name="IsRight">Whether it is flush right.</param>
/// <param name="MinWidth">Its least width.</param>
internal readonly record struct Column(string Heading, bool IsRight = false, int MinWidth = 0)
{
    /// <summary>A column that is flush left.</summary>
    public static Column Left(string heading, int minWidth = 0) => new(heading, false, minWidth);

    /// <summary>A column that is flush right.</summary>
    public static Column Right(string heading, int minWidth = 0) => new(heading, true, minWidth);
}

/// <summary>Text in columns as wide as what is in them, two spaces apart.</summary>
internal sealed class TextTable(params Column[] columns)
{
    private readonly List<string[]> _rows = [];

    /// <summary>Adds a row, a cell for each column; null is an empty cell.</summary>
    public void Row(params string?[] cells)
    {
        if (cells.Length != columns.Length)
            throw new ArgumentException($"{cells.Length} cells for {columns.Length} columns");
        _rows.Add([.. cells.Select(c => c ?? "")]);
    }

    /// <summary>Writes the headings and the rows.</summary>
    public void WriteTo(TextOutput output, bool headings = true, string indent = "")
    {
        var widths = columns.Select((c, i) =>
            Math.Max(c.MinWidth, _rows.Select(r => r[i].Length).Append(headings ? c.Heading.Length : 0).Max())).ToArray();
        if (headings)
            WriteRow(output, indent, [.. columns.Select(c => c.Heading)], widths);
        foreach (var row in _rows)
            WriteRow(output, indent, row, widths);
    }

    private void WriteRow(TextOutput output, string indent, string[] cells, int[] widths)
    {
        var padded = cells.Select((cell, i) => columns[i].IsRight ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]));
        output.Line((indent + string.Join("  ", padded)).TrimEnd());
    }
}

namespace Panicle.Cli;

/// <summary>A column of a <see cref="TextTable"/>.</summary>
/// <param name="Heading">Stands over the cells, flush as they are; blanks at its end move it to the left of a right edge.</param>
/// <param name="IsRight">Whether the cells are flush right.</param>
/// <param name="MinWidth">Its least width.</param>
/// <param name="Gap">Blanks between the column before and this one.</param>
/// <param name="IsCentred">Whether the heading stands in the middle, as crash's do over addresses.</param>
internal readonly record struct Column(string Heading, bool IsRight, int MinWidth, int Gap, bool IsCentred)
{
    private const int AddressWidth = 16;

    /// <summary>A column that is flush left.</summary>
    public static Column Left(string heading, int minWidth = 0, int gap = 2) => new(heading, false, minWidth, gap, false);

    /// <summary>A column that is flush right.</summary>
    public static Column Right(string heading, int minWidth = 0, int gap = 2) => new(heading, true, minWidth, gap, false);

    /// <summary>A column of addresses, or of other text that fills it, under a heading in its middle.</summary>
    public static Column Centred(string heading, int minWidth = AddressWidth, int gap = 2) =>
        new(heading, true, minWidth, gap, true);
}

/// <summary>Text in columns as wide as what is in them, two spaces apart where a column doesn't say otherwise.</summary>
internal sealed class TextTable(params Column[] columns)
{
    private readonly List<string[]> _rows = [];

    /// <summary>Whether lines are filled with blanks up to the last column's width, as some of crash's are.</summary>
    public bool KeepsBlanks { get; init; }

    /// <summary>
    /// Adds a row, a cell for each column; null is an empty cell. In a row with fewer cells the last one runs over the rest; one
    /// without any is an empty line.
    /// </summary>
    public void Row(params string?[] cells)
    {
        if (cells.Length > columns.Length)
            throw new ArgumentException($"{cells.Length} cells for {columns.Length} columns");
        _rows.Add([.. cells.Select(c => c ?? "")]);
    }

    /// <summary>Writes the headings and the rows.</summary>
    public void WriteTo(TextOutput output, bool headings = true, string indent = "")
    {
        var widths = columns.Select((column, i) => WidthOf(column, i, headings)).ToArray();
        if (headings)
            WriteRow(output, indent, [.. columns.Select((column, i) => Heading(column, widths[i]))], widths);
        foreach (var row in _rows)
            WriteRow(output, indent, row, widths);
    }

    private int WidthOf(Column column, int index, bool headings)
    {
        var width = Math.Max(column.MinWidth, headings ? column.Heading.Length : 0);
        foreach (var row in _rows)
        {
            if (index < row.Length && !(index == row.Length - 1 && row.Length < columns.Length))
                width = Math.Max(width, row[index].Length);
        }
        return width;
    }

    private static string Heading(Column column, int width) =>
        column.IsCentred ? column.Heading.PadLeft((width + column.Heading.Length) / 2).PadRight(width) : column.Heading;

    private void WriteRow(TextOutput output, string indent, string[] cells, int[] widths)
    {
        var line = new System.Text.StringBuilder(indent);
        for (var i = 0; i < cells.Length; i++)
        {
            if (i > 0)
                line.Append(' ', columns[i].Gap);
            var runsOver = i == cells.Length - 1 && cells.Length < columns.Length;
            line.Append(runsOver ? cells[i] : columns[i].IsRight ? cells[i].PadLeft(widths[i]) : cells[i].PadRight(widths[i]));
        }
        output.Line(KeepsBlanks ? line.ToString() : line.ToString().TrimEnd());
    }
}

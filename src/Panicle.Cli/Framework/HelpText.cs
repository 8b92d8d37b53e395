namespace Panicle.Cli;

/// <summary>Help for people, from a command's declaration.</summary>
internal static class HelpText
{
    /// <summary>Writes a command's page.</summary>
    public static void Write(CommandInfo info, TextOutput output)
    {
        output.Line($"{info.Name} - {info.Summary}");
        output.Line();
        output.Line($"  {info.Usage}");
        if (info.Aliases.Count > 0)
            output.Line($"  Also: {string.Join(", ", info.Aliases)}");
        if (info.Description.Length > 0)
        {
            output.Line();
            WriteParagraphs(info.Description, output);
        }
        WriteOptions(info, output);
        if (info.Finding is not null)
        {
            output.Line();
            output.Line($"  Exits with 1 when {info.Finding}.");
        }
        foreach (var example in info.Examples)
            WriteExample(example, output);
    }

    /// <summary>Writes the names of the commands in columns, read downwards, as crash lists them.</summary>
    public static void WriteNames(IReadOnlyList<string> names, TextOutput output)
    {
        var width = names.Max(n => n.Length) + 4;
        var columns = Math.Max(1, Math.Min(5, output.Width / width));
        var rows = (names.Count + columns - 1) / columns;
        for (var row = 0; row < rows; row++)
        {
            var line = "";
            for (var index = row; index < names.Count; index += rows)
                line += names[index].PadRight(width);
            output.Line(line.TrimEnd());
        }
    }

    private static void WriteParagraphs(string text, TextOutput output)
    {
        foreach (var line in text.Trim('\n').Split('\n'))
            output.Line(line.Length == 0 ? "" : "  " + line.TrimEnd());
    }

    private static void WriteOptions(CommandInfo info, TextOutput output)
    {
        var table = new TextTable(Column.Left(""), Column.Left(""));
        foreach (var option in info.Options.Where(o => !o.IsHidden))
            table.Row(option.Signature, option.FullHelp);
        table.Row("--json", $"the result as JSON ({info.Schema})");
        output.Line();
        table.WriteTo(output, headings: false, indent: "  ");
    }

    private static void WriteExample(Example example, TextOutput output)
    {
        output.Line();
        if (example.Comment.Length > 0)
            output.Line($"  {example.Comment}");
        output.Line($"    {example.Line}");
        WriteParagraphs(Indent(example.Output), output);
    }

    private static string Indent(string text) => string.Join('\n', text.Trim('\n').Split('\n').Select(l => "    " + l));
}

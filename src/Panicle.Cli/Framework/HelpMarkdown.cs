namespace Panicle.Cli;

/// <summary>Writes docs/commands.md from the declarations: <c>panicle help --markdown</c>.</summary>
internal static class HelpMarkdown
{
    /// <summary>Writes the whole document.</summary>
    public static void Write(IReadOnlyList<CommandInfo> commands, TextOutput output)
    {
        output.Line("# Commands");
        output.Line();
        output.Line("The commands of `panicle DUMP`, as `help COMMAND` shows them. Written by `./panicle help --markdown > docs/commands.md`.");
        output.Line("Every command also takes `--json` ([json.md](json.md)) and `--help`.");
        output.Line();
        output.Line("| command | |");
        output.Line("|---|---|");
        foreach (var command in commands)
            output.Line($"| [`{command.Name}`](#{command.Name}) | {Escape(command.Summary)} |");
        foreach (var command in commands)
            WriteCommand(command, output);
    }

    private static void WriteCommand(CommandInfo info, TextOutput output)
    {
        output.Line();
        output.Line($"## {info.Name}");
        output.Line($"`{info.Usage}`" + (info.Aliases.Count > 0 ? $" (also: {string.Join(", ", info.Aliases.Select(a => $"`{a}`"))})" : ""));
        output.Line();
        output.Line(info.Description.Trim('\n'));
        WriteOptions(info, output);
        if (info.Finding is not null)
        {
            output.Line();
            output.Line($"Exits with 1 when {info.Finding}.");
        }
        foreach (var example in info.Examples)
            WriteExample(example, output);
    }

    private static void WriteOptions(CommandInfo info, TextOutput output)
    {
        var options = info.Options.Where(o => !o.IsHidden).ToArray();
        if (options.Length == 0)
            return;
        output.Line();
        output.Line("| option | |");
        output.Line("|---|---|");
        foreach (var option in options)
            output.Line($"| `{Escape(option.Signature)}` | {Escape(option.Help)} |");
    }

    private static void WriteExample(Example example, TextOutput output)
    {
        output.Line();
        if (example.Comment.Length > 0)
        {
            output.Line(example.Comment);
            output.Line();
        }
        output.Line("```");
        output.Line($"panicle> {example.Line}");
        if (example.Output.Length > 0)
            output.Line(example.Output.Trim('\n'));
        output.Line("```");
    }

    private static string Escape(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}

namespace Panicle.Cli;

/// <summary>Writes docs/commands.md from the declarations: <c>panicle help --markdown</c>.</summary>
internal static class HelpMarkdown
{
    /// <summary>Writes the whole document.</summary>
    /// <param name="verbs">What stands behind the program's name: <c>panicle report</c>.</param>
    /// <param name="commands">The shell's commands.</param>
    /// <param name="output">Where it goes.</param>
    public static void Write(IReadOnlyList<CommandInfo> verbs, IReadOnlyList<CommandInfo> commands, TextOutput output)
    {
        output.Line("# Commands");
        output.Line();
        output.Line(
            "What `panicle COMMAND --help` and, in the shell, `help COMMAND` show. "
                + "Written by `./panicle help --markdown > docs/commands.md`.");
        output.Line("Everything here also takes `--json` ([json.md](json.md)) and `--help`.");
        WriteTable("On the command line", "panicle ", verbs, output);
        WriteTable("In the shell: `panicle DUMP`", "", commands, output);
        foreach (var verb in verbs)
            WriteCommand(verb, "panicle ", "$ ", output);
        foreach (var command in commands)
            WriteCommand(command, "", "panicle> ", output);
    }

    private static void WriteTable(string title, string prefix, IReadOnlyList<CommandInfo> commands, TextOutput output)
    {
        output.Line();
        output.Line($"**{title}**");
        output.Line();
        output.Line("| command | |");
        output.Line("|---|---|");
        foreach (var command in commands)
            output.Line(
                $"| [`{prefix}{command.Name}`](#{(prefix + command.Name).Replace(' ', '-')}) | {Escape(command.Summary)} |");
    }

    private static void WriteCommand(CommandInfo info, string prefix, string prompt, TextOutput output)
    {
        output.Line();
        output.Line($"## {prefix}{info.Name}");
        output.Line($"`{prefix}{info.Usage}`"
            + (info.Aliases.Count > 0 ? $" (also: {string.Join(", ", info.Aliases.Select(a => $"`{a}`"))})" : ""));
        output.Line();
        output.Block(info.Description.Trim('\n'));
        WriteOptions(info, output);
        if (info.Finding is not null)
        {
            output.Line();
            output.Line($"Exits with 1 when {info.Finding}.");
        }
        foreach (var example in info.Examples)
            WriteExample(example, prompt, output);
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
            output.Line($"| `{Escape(option.Signature)}` | {Escape(option.FullHelp)} |");
    }

    private static void WriteExample(Example example, string prompt, TextOutput output)
    {
        output.Line();
        if (example.Comment.Length > 0)
        {
            output.Line(example.Comment);
            output.Line();
        }
        output.Line("```");
        output.Line(prompt + example.Line);
        if (example.Output.Length > 0)
            output.Block(example.Output.Trim('\n'));
        output.Line("```");
    }

    private static string Escape(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}

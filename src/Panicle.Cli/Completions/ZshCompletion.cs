namespace Panicle.Cli.Completions;

/// <summary>Completion of <c>panicle</c>'s words for zsh, from the declarations: <c>panicle completion zsh</c>.</summary>
internal static class ZshCompletion
{
    /// <summary>Writes the script, a file <c>_panicle</c> in a folder of zsh's <c>fpath</c>.</summary>
    /// <param name="program">What stands behind the program's name where no verb does.</param>
    /// <param name="verbs">The verbs.</param>
    /// <param name="commands">Names of the shell's commands, for <c>-c</c>.</param>
    /// <param name="output">Where it goes.</param>
    public static void Write(
        CommandInfo program, IReadOnlyList<CommandInfo> verbs, IEnumerable<string> commands, TextOutput output)
    {
        output.Line("#compdef panicle");
        output.Line("# zsh completion for panicle; written by 'panicle completion zsh'");
        output.Line("_panicle() {");
        output.Line("    local -a verbs");
        output.Line("    if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then");
        WriteVerbs(verbs.Where(verb => !verb.Name.Contains(' ')).Select(verb => (verb.Name, verb.Summary))
            .Concat(Groups(verbs).Select(group => (group.Key, $"verbs: {string.Join(", ", group.Select(Second))}"))), output);
        output.Line("        _files");
        output.Line("        return");
        output.Line("    fi");
        output.Line("    case \"$words[2] $words[3]\" in");
        foreach (var verb in verbs.Where(verb => verb.Name.Contains(' ')))
            WriteVerb($"'{verb.Name}'", verb, 2, [], output);
        output.Line("    esac");
        output.Line("    case $words[2] in");
        foreach (var group in Groups(verbs))
        {
            output.Line($"        {group.Key})");
            WriteVerbs(group.Select(verb => (Second(verb), verb.Summary)), output);
            output.Line("            return ;;");
        }
        foreach (var verb in verbs.Where(verb => !verb.Name.Contains(' ')))
            WriteVerb(verb.Name, verb, 1, [], output);
        WriteVerb("*", program, 0, commands, output);
        output.Line("    esac");
        output.Line("}");
        output.Line("_panicle \"$@\"");
    }

    private static IEnumerable<IGrouping<string, CommandInfo>> Groups(IEnumerable<CommandInfo> verbs) =>
        verbs.Where(verb => verb.Name.Contains(' ')).GroupBy(verb => verb.Name.Split(' ')[0]);

    private static string Second(CommandInfo verb) => verb.Name.Split(' ')[1];

    private static void WriteVerbs(IEnumerable<(string Name, string Summary)> verbs, TextOutput output)
    {
        output.Line("        verbs=(");
        foreach (var (name, summary) in verbs)
            output.Line($"            {Quote($"{name}:{summary}")}");
        output.Line("        )");
        output.Line("        _describe verb verbs");
    }

    private static void WriteVerb(string pattern, CommandInfo info, int words, IEnumerable<string> commands, TextOutput output)
    {
        output.Line($"        {pattern})");
        if (words > 0)
            output.Line($"            shift {words} words; (( CURRENT -= {words} ))");
        output.Line("            _arguments -s \\");
        foreach (var option in info.Options.Where(option => !option.IsHidden))
            output.Line($"                {Quote(Specification(info, option, commands))} \\");
        output.Line("                '--json[the result as JSON]' '--help[what it does and how]' \\");
        output.Line(info.Operands.FirstOrDefault(operand => operand.Choices.Count > 0) is { } choice
            ? $"                {Quote($"1:word:({string.Join(' ', choice.Choices)})")}"
            : info.Operands.Any(operand => operand.Completes.HasFlag(Completes.Files))
            ? "                '*:file:_files'"
            : "                '*: : '");
        output.Line("            return ;;");
    }

    private static string Specification(CommandInfo info, Option option, IEnumerable<string> commands)
    {
        var excluded = info.OneOf.Where(group => group.Options.Contains(option.Name))
            .SelectMany(group => group.Options).Where(name => name != option.Name).ToList();
        var help = option.Help.Replace("[", "\\[", StringComparison.Ordinal).Replace("]", "\\]", StringComparison.Ordinal);
        var specification = $"{(excluded.Count > 0 ? $"({string.Join(' ', excluded)})" : "*")}{option.Name}[{help}]";
        if (option.ValueName is null)
            return specification;
        var what = option.ValueName.ToLowerInvariant().Replace(":", " ", StringComparison.Ordinal);
        var words = option.Choices.Count > 0 ? option.Choices : option.Completes.HasFlag(Completes.Commands) ? [.. commands] : [];
        var values = words.Count > 0 ? $"({string.Join(' ', words)})"
            : option.Completes.HasFlag(Completes.Files) ? "_files"
            : " ";
        return $"{specification}:{what}:{values}";
    }

    private static string Quote(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}

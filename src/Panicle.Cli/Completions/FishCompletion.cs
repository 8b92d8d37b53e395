namespace Panicle.Cli.Completions;

/// <summary>Completion of <c>panicle</c>'s words for fish, from the declarations: <c>panicle completion fish</c>.</summary>
internal static class FishCompletion
{
    /// <param name="program">What stands behind the program's name where no verb does.</param>
    /// <param name="verbs">The verbs.</param>
    /// <param name="commands">Names of the shell's commands, for <c>-c</c>.</param>
    /// <param name="output">Where it goes.</param>
    public static void Write(
        CommandInfo program, IReadOnlyList<CommandInfo> verbs, IEnumerable<string> commands, TextOutput output)
    {
        output.Line("# fish completion for panicle; written by 'panicle completion fish'");
        output.Line("function __panicle_verb");
        output.Line("    set -l words (commandline -opc)");
        output.Line("    test (count $words) -gt (count $argv); and test \"$words[2..(math 1 + (count $argv))]\" = \"$argv\"");
        output.Line("end");
        output.Line("function __panicle_no_verb");
        output.Line($"    not contains -- (commandline -opc)[2] {string.Join(' ', BashCompletion.FirstWords(verbs))}");
        output.Line("end");
        foreach (var verb in verbs.Where(verb => !verb.Name.Contains(' ')))
            output.Line(
                $"complete -c panicle -n 'test (count (commandline -opc)) -eq 1' -a {verb.Name} -d {Quote(verb.Summary)}");
        foreach (var group in verbs.Where(verb => verb.Name.Contains(' ')).GroupBy(verb => verb.Name.Split(' ')[0]))
            WriteGroup(group.Key, [.. group], output);
        foreach (var option in Shown(program))
            WriteOption("__panicle_no_verb", option, commands, output);
        foreach (var verb in verbs)
        {
            var condition = $"__panicle_verb {verb.Name}";
            foreach (var operand in verb.Operands.Where(operand => operand.Choices.Count > 0))
                output.Line($"complete -c panicle -f -n '{condition}' -a {Quote(string.Join(' ', operand.Choices))}");
            foreach (var option in Shown(verb))
                WriteOption(condition, option, [], output);
        }
    }

    private static void WriteGroup(string group, IReadOnlyList<CommandInfo> verbs, TextOutput output)
    {
        output.Line($"complete -c panicle -n 'test (count (commandline -opc)) -eq 1' -a {group}");
        foreach (var verb in verbs)
        {
            output.Line($"complete -c panicle -f -n '__panicle_verb {group}; and test (count (commandline -opc)) -eq 2' "
                + $"-a {verb.Name.Split(' ')[1]} -d {Quote(verb.Summary)}");
        }
    }

    private static IEnumerable<Option> Shown(CommandInfo info) => info.Options.Where(option => !option.IsHidden)
        .Append(Option.Flag("--json", "the result as JSON")).Append(Option.Flag("--help", "what it does and how"));

    private static void WriteOption(string condition, Option option, IEnumerable<string> commands, TextOutput output)
    {
        var name = option.Name.StartsWith("--", StringComparison.Ordinal) ? $"-l {option.Name[2..]}"
            : option.Name.Length == 2 ? $"-s {option.Name[1..]}" : $"-o {option.Name[1..]}";
        var words = option.Choices.Count > 0 ? option.Choices : option.Completes.HasFlag(Completes.Commands) ? [.. commands] : [];
        var value = option.ValueName is null ? ""
            : words.Count > 0 ? $" -x -a {Quote(string.Join(' ', words))}"
            : option.Completes.HasFlag(Completes.Files) ? " -r -F" : " -x";
        output.Line($"complete -c panicle -n '{condition}' {name}{value} -d {Quote(option.Help)}");
    }

    private static string Quote(string text) =>
        $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";
}

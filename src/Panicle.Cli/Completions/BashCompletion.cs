namespace Panicle.Cli.Completions;

/// <summary>Completion of <c>panicle</c>'s words for bash, from the declarations: <c>panicle completion bash</c>.</summary>
internal static class BashCompletion
{
    /// <param name="program">What stands behind the program's name where no verb does.</param>
    /// <param name="verbs">The verbs.</param>
    /// <param name="commands">Names of the shell's commands, for <c>-c</c>.</param>
    /// <param name="output">Where it goes.</param>
    public static void Write(
        CommandInfo program, IReadOnlyList<CommandInfo> verbs, IEnumerable<string> commands, TextOutput output)
    {
        output.Line("# bash completion for panicle; written by 'panicle completion bash'");
        output.Line("_panicle() {");
        output.Line("    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} verb= words= first");
        output.Line("    [ \"$prev\" = = ] && prev=${COMP_WORDS[COMP_CWORD-2]}");
        output.Line("    [ \"$cur\" = = ] && cur=");
        output.Line("    for first in \"${COMP_WORDS[1]} ${COMP_WORDS[2]}\" \"${COMP_WORDS[1]}\"; do");
        output.Line("        case $first in");
        output.Line($"            {string.Join(" | ", verbs.Select(verb => $"'{verb.Name}'"))})");
        output.Line("                [ $COMP_CWORD -gt $(wc -w <<<\"$first\") ] && verb=$first && break ;;");
        output.Line("        esac");
        output.Line("    done");
        output.Line("    case $verb:$prev in");
        foreach (var info in verbs.Prepend(program))
        {
            foreach (var option in info.Options.Where(option => option is { IsHidden: false, ValueName: not null }))
                output.Line(
                    $"        '{NameOf(info, program)}:{option.Name}') "
                        + $"{Value(option, info == program ? commands : [])}; return ;;");
        }
        output.Line("    esac");
        output.Line("    case $verb:$COMP_CWORD:$cur in");
        foreach (var info in verbs)
            output.Line($"        '{info.Name}':*:-*) words='{Options(info)}' ;;");
        output.Line($"        :*:-*) words='{Options(program)}' ;;");
        foreach (var info in verbs.Where(info => info.Operands.Any(operand => operand.Choices.Count > 0)))
            output.Line(
                $"        '{info.Name}':*) words='{string.Join(' ', info.Operands.SelectMany(operand => operand.Choices))}' ;;");
        output.Line($"        :1:*) words='{string.Join(' ', FirstWords(verbs))}' ;;");
        output.Line("        :2:*) case ${COMP_WORDS[1]} in");
        foreach (var group in verbs.Where(verb => verb.Name.Contains(' ')).GroupBy(verb => verb.Name.Split(' ')[0]))
            output.Line($"            {group.Key}) words='{string.Join(' ', group.Select(verb => verb.Name.Split(' ')[1]))}' ;;");
        output.Line("            esac ;;");
        output.Line("    esac");
        output.Line("    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))");
        output.Line("    case $verb:$cur in");
        var withoutFiles = string.Concat(verbs.Where(verb => !TakesFiles(verb)).Select(verb => $"| '{verb.Name}':* "));
        output.Line($"        *:-* {withoutFiles}) return ;;");
        output.Line("    esac");
        output.Line("    compopt -o filenames");
        output.Line("    mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- \"$cur\")");
        output.Line("}");
        output.Line("complete -F _panicle panicle");
    }

    /// <summary>What can stand directly behind the program's name: verbs, and the first words of those that have two.</summary>
    public static IEnumerable<string> FirstWords(IReadOnlyList<CommandInfo> verbs) =>
        verbs.Select(verb => verb.Name.Split(' ')[0]).Append("help").Distinct();

    private static bool TakesFiles(CommandInfo info) => info.Operands.Any(operand => operand.Completes.HasFlag(Completes.Files));

    private static string NameOf(CommandInfo info, CommandInfo program) => info == program ? "" : info.Name;

    private static string Options(CommandInfo info) =>
        string.Join(
            ' ', info.Options.Where(option => !option.IsHidden).Select(option => option.Name).Append("--json").Append("--help"));

    private static string Value(Option option, IEnumerable<string> commands)
    {
        if (option.Choices.Count > 0)
            return $"COMPREPLY=($(compgen -W '{string.Join(' ', option.Choices)}' -- \"$cur\"))";
        if (option.Completes.HasFlag(Completes.Files))
            return "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")";
        return option.Completes.HasFlag(Completes.Commands)
            ? $"COMPREPLY=($(compgen -W '{string.Join(' ', commands)}' -- \"$cur\"))"
            : "COMPREPLY=()";
    }
}

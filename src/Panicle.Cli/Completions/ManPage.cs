using System.Text;

namespace Panicle.Cli.Completions;

/// <summary>Manual pages (man(7)) from the declarations: <c>panicle man</c>.</summary>
internal static class ManPage
{
    /// <summary>A verb's page: <c>panicle-report(1)</c>.</summary>
    public static string Of(CommandInfo verb)
    {
        var page = Begin($"panicle-{verb.Name.Replace(' ', '-')}", verb.Summary);
        Section(page, "SYNOPSIS");
        page.Append($".B panicle {Escape(verb.Name)}\n{Escape(verb.Usage[verb.Name.Length..].Trim())}\n");
        Section(page, "DESCRIPTION");
        Text(page, verb.Description);
        Options(page, verb);
        Section(page, "EXIT STATUS");
        page.Append(
            Escape(
                $"0: done. {(verb.Finding is { } finding ? $"1: {finding}. " : "")}2: the command line is wrong. "
                    + "3: a file can't be used.")).Append('\n');
        Examples(page, verb.Examples);
        Section(page, "SEE ALSO");
        page.Append(".BR panicle (1)\n");
        return page.ToString();
    }

    /// <summary>The program's page: how it is called, its verbs, and the commands of its shell.</summary>
    public static string OfProgram(CommandInfo program, IReadOnlyList<CommandInfo> verbs, IReadOnlyList<CommandInfo> commands)
    {
        var page = Begin("panicle", program.Summary);
        Section(page, "SYNOPSIS");
        page.Append($".B panicle\n{Escape(program.Usage[program.Name.Length..].Trim())}\n.br\n.B panicle\nVERB ...\n");
        Section(page, "DESCRIPTION");
        Text(page, """
            Without a verb it opens a shell on a crash dump, whose commands are listed below; 'help COMMAND' in it shows each
            one's page. No debug symbols are needed: names, types and unwind rules come out of the dump.
            """);
        Options(page, program);
        List(page, "VERBS", verbs.Select(verb => ($"panicle {verb.Name}", verb.Summary)));
        List(page, "COMMANDS OF THE SHELL", commands.Select(command => (command.Usage, command.Summary)));
        return page.ToString();
    }

    private static StringBuilder Begin(string name, string summary) => new(
        $".TH {name.ToUpperInvariant()} 1 \"\" \"panicle {BuildInfo.Version}\" \"Panicle\"\n"
            + $".SH NAME\n{Escape(name)} \\- {Escape(summary)}\n");

    private static void Section(StringBuilder page, string title) => page.Append($".SH {title}\n");

    private static void Options(StringBuilder page, CommandInfo info) => List(page, "OPTIONS",
        info.Options.Where(option => !option.IsHidden).Select(option => (option.Signature, option.FullHelp))
            .Append(("--json", "the result as JSON"))
            .Append(("--help", "what it does and how")));

    private static void List(StringBuilder page, string title, IEnumerable<(string Term, string Text)> entries)
    {
        Section(page, title);
        foreach (var (term, text) in entries)
            page.Append($".TP\n.B {Escape(term)}\n{Escape(text)}\n");
    }

    private static void Examples(StringBuilder page, IReadOnlyList<Example> examples)
    {
        Section(page, "EXAMPLES");
        foreach (var example in examples)
        {
            if (example.Comment.Length > 0)
                page.Append($".PP\n{Escape(example.Comment)}\n");
            page.Append($".PP\n.nf\n.B {Escape(example.Line)}\n");
            foreach (var line in example.Output.Trim('\n').Split('\n'))
                page.Append(Escape(line)).Append('\n');
            page.Append(".fi\n");
        }
    }

    // Paragraphs are filled; a paragraph that is indented or has columns stays as it stands.
    private static void Text(StringBuilder page, string text)
    {
        foreach (var paragraph in text.Trim('\n').Split("\n\n"))
        {
            var lines = paragraph.Split('\n');
            var isTable = lines.Any(line => line.StartsWith(' ') || line.Contains("   ", StringComparison.Ordinal));
            page.Append(isTable ? ".PP\n.nf\n" : ".PP\n");
            foreach (var line in lines)
                page.Append(Escape(line.TrimEnd())).Append('\n');
            if (isTable)
                page.Append(".fi\n");
        }
    }

    // Backslashes and dashes stand for themselves; a line may not begin with a request's dot or quote.
    private static string Escape(string text)
    {
        var escaped = text.Replace("\\", "\\e", StringComparison.Ordinal).Replace("-", "\\-", StringComparison.Ordinal);
        if (!Ascii.IsValid(escaped))
            escaped = string.Concat(escaped.EnumerateRunes().Select(rune => rune.IsAscii ? $"{rune}" : $"\\[u{rune.Value:X4}]"));
        return escaped is ['.' or '\'', ..] ? $"\\&{escaped}" : escaped.Length == 0 ? "\\&" : escaped;
    }
}

using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Formats.Json;

namespace Panicle.Cli.Commands.Shell;

/// <summary>The commands, or one command's page.</summary>
internal sealed record HelpResult(IReadOnlyList<HelpEntry> Commands);

/// <summary>A command's declaration, as JSON shows it.</summary>
internal sealed class HelpEntry(CommandInfo info)
{
    public string Name => info.Name;

    public string Summary => info.Summary;

    public IReadOnlyList<string> Aliases => info.Aliases;

    public string Usage => info.Usage;

    public string Description => info.Description;

    public IReadOnlyList<HelpOption> Options { get; } =
        [.. info.Options.Where(o => !o.IsHidden).Select(o => new HelpOption(o.Name, o.ValueName, o.Help))];

    public IReadOnlyList<Example> Examples => info.Examples;

    public string Schema => info.Schema;

    internal CommandInfo Info => info;
}

/// <summary>An option in a <see cref="HelpEntry"/>.</summary>
internal sealed record HelpOption(string Name, string? Value, string Help);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(HelpResult))]
internal sealed partial class HelpJson : JsonSerializerContext;

/// <summary>help: what commands there are, and how one of them is used.</summary>
internal sealed class HelpCommand : Command<HelpResult>
{
    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("help", "the commands, or one command's page")
    {
        Aliases = ["man", "?"],
        Operands = [Operand.Any("COMMAND", Completes.Commands)],
        Options =
        [
            Option.Flag("-a", "each command with its summary"),
            Option.Flag("--markdown", "docs/commands.md") with { IsHidden = true },
            Option.Value("--schemas", "DIR", "docs/schemas") with { IsHidden = true },
        ],
        Description = """
            Without an operand: the commands' names, in columns. With one: what the command does, its options, and an
            example with its real output. A verb of the program ("help report", "help kdump status") has such a page, too.

            Output can go to the system: "cmd | grep text", "cmd | less", "cmd > file", "cmd >> file". "!cmd" runs a
            command of the system, "< file" runs the lines of a file. A line that starts with "#" is a comment.
            Ctrl-C stops a command and leaves the shell.
            """,
        Examples =
        [
            new("help -a | grep 'symbols and'", "sym         symbols and their addresses", "Which command knows symbols?"),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<HelpResult> JsonType => HelpJson.Default.HelpResult;

    /// <inheritdoc/>
    protected override HelpResult Execute(CommandContext context, ParsedArguments arguments)
    {
        if (arguments.Value("--schemas") is { } folder)
            WriteSchemas(context, folder);
        var commands = arguments.Operands.Count == 0
            ? context.Commands.All
            : Named(context, arguments.Operands);
        return new HelpResult([.. commands.Select(c => new HelpEntry(c.Info))]);
    }

    /// <inheritdoc/>
    protected override void WriteText(HelpResult result, View view, TextOutput output)
    {
        if (view.Has("--markdown"))
            HelpMarkdown.Write(
                [.. CommandTable.Verbs().All.Select(c => c.Info)], [.. result.Commands.Select(c => c.Info)], output);
        else if (view.Arguments.Operands.Count > 0)
            WritePages(result, output);
        else if (view.Has("-a"))
            WriteSummaries(result, output);
        else
            WriteNames(result, output);
    }

    private static void WriteSchemas(CommandContext context, string folder)
    {
        var broken = JsonSchemas.Write([.. context.Commands.All, .. CommandTable.Verbs().All], folder);
        if (broken.Count > 0)
            throw new CommandException(string.Join("; ", broken));
    }

    // A command of the shell, else a verb of the program: "report", "kdump status", or all of "kdump".
    private static IEnumerable<Command> Named(CommandContext context, IReadOnlyList<string> names)
    {
        var verbs = CommandTable.Verbs();
        if (names.Count == 2 && verbs.Find(string.Join(' ', names)) is { } inGroup)
            return [inGroup];
        return names.SelectMany(name => Find(context, verbs, name));
    }

    private static IReadOnlyList<Command> Find(CommandContext context, CommandSet verbs, string name)
    {
        if ((context.Commands.Find(name) ?? verbs.Find(name)) is { } found)
            return [found];
        IReadOnlyList<Command> group =
            [.. verbs.Entries.Where(entry => entry.Group == name).Select(entry => verbs.Find(entry.Name)!)];
        var all = context.Commands.Entries.Concat(verbs.Entries).Select(entry => entry.Name.Split(' ')[0]);
        return group.Count > 0
            ? group
            : throw new CommandException($"there is no command '{name}'{Suggestion.For(name, all)}; 'help' lists the commands");
    }

    private static void WriteNames(HelpResult result, TextOutput output)
    {
        HelpText.WriteNames([.. result.Commands.Select(c => c.Name)], output);
        output.Line();
        output.Line("'help COMMAND' shows a command's page, 'help -a' each command's summary.");
    }

    private static void WriteSummaries(HelpResult result, TextOutput output)
    {
        var table = new TextTable(Column.Left("", 10), Column.Left(""));
        foreach (var command in result.Commands)
            table.Row(command.Name, command.Summary);
        table.WriteTo(output, headings: false);
    }

    private static void WritePages(HelpResult result, TextOutput output)
    {
        for (var i = 0; i < result.Commands.Count; i++)
        {
            if (i > 0)
                output.Line();
            HelpText.Write(result.Commands[i].Info, output);
        }
    }
}

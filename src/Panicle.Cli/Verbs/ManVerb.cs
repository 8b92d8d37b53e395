using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Cli.Completions;
using Panicle.Formats.Json;

namespace Panicle.Cli.Verbs;

/// <summary>Manual pages, in man(7)'s language. Folder is where they were written, null where they were only asked for.</summary>
internal sealed record ManResult(IReadOnlyList<ManEntry> Pages, string? Folder);

/// <summary>A manual page and the name of its file.</summary>
internal sealed record ManEntry(string File, string Page);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(ManResult))]
internal sealed partial class ManJson : JsonSerializerContext;

/// <summary>man: panicle's manual pages.</summary>
internal sealed class ManVerb : Command<ManResult>
{
    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("man", "panicle's manual pages")
    {
        Operands = [Operand.Any("VERB")],
        Options = [Option.Value("--to", "DIR", "write every page into this directory", Completes.Files)],
        Description = """
            Prints the page of a verb, of all verbs of a group ("kdump"), or of panicle itself, for "man -l -". With --to
            every page becomes a file that man finds once the directory is in its path, such as /usr/local/share/man/man1.
            """,
        Examples =
        [
            new("panicle man report | man -l -", "PANICLE-REPORT(1)            Panicle            PANICLE-REPORT(1)\n..."),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<ManResult> JsonType => ManJson.Default.ManResult;

    /// <inheritdoc/>
    protected override ManResult Execute(CommandContext context, ParsedArguments arguments)
    {
        IReadOnlyList<CommandInfo> verbs = [.. CommandTable.Verbs().All.Select(verb => verb.Info)];
        IReadOnlyList<CommandInfo> commands = [.. CommandTable.Commands().All.Select(command => command.Info)];
        var program = new ManEntry("panicle.1", ManPage.OfProgram(Invocation.Info, verbs, commands));
        if (arguments.Value("--to") is { } folder)
            return Write([program, .. verbs.Select(PageOf)], folder);
        if (arguments.Operands.Count == 0)
            return new ManResult([program], null);
        var name = string.Join(' ', arguments.Operands);
        IReadOnlyList<CommandInfo> named =
        [
            .. verbs.Where(verb => verb.Name == name || verb.Name.StartsWith($"{name} ", StringComparison.Ordinal)),
        ];
        return named.Count > 0
            ? new ManResult([.. named.Select(PageOf)], null)
            : throw new CommandException($"there is no verb '{name}'{Suggestion.For(name, verbs.Select(verb => verb.Name))}");
    }

    /// <inheritdoc/>
    protected override void WriteText(ManResult result, View view, TextOutput output)
    {
        if (result.Folder is not null)
        {
            output.Line($"{result.Pages.Count} pages are in {result.Folder}");
            return;
        }
        foreach (var page in result.Pages)
            output.Lines(page.Page);
    }

    private static ManEntry PageOf(CommandInfo verb) => new($"panicle-{verb.Name.Replace(' ', '-')}.1", ManPage.Of(verb));

    private static ManResult Write(IReadOnlyList<ManEntry> pages, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var page in pages)
            File.WriteAllText(Path.Combine(folder, page.File), page.Page);
        return new ManResult(pages, folder);
    }
}

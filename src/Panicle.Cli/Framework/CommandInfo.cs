namespace Panicle.Cli;

/// <summary>
/// A command's declaration. Parsing, usage errors, <c>help</c>, completion and docs/commands.md all read this and
/// nothing else, so they can't disagree.
/// </summary>
/// <param name="Name">What is typed. The class is named after it: "ps" is PsCommand.</param>
/// <param name="Summary">One line without a full stop, for the list of commands.</param>
internal sealed record CommandInfo(string Name, string Summary)
{
    /// <summary>Other names: <c>dmesg</c> for log.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>
    /// The options, in the order in which help shows them. <c>--json</c> and <c>--help</c> are everywhere without being declared.
    /// </summary>
    public IReadOnlyList<Option> Options { get; init; } = [];

    /// <summary>Options that exclude each other, group by group: of each at most one may be given.</summary>
    public IReadOnlyList<OneOf> OneOf { get; init; } = [];

    /// <summary>The operands, in their order. Empty: the command takes none.</summary>
    public IReadOnlyList<Operand> Operands { get; init; } = [];

    /// <summary>
    /// Whether options end at the first operand: for commands whose operands are an expression (<c>p a->b</c>) or
    /// another command (<c>foreach bt -f</c>).
    /// </summary>
    public bool OptionsFirst { get; init; }

    /// <summary>What the command does and what its columns mean, in paragraphs, for <c>help</c>.</summary>
    public string Description { get; init; } = "";

    /// <summary>At least one real line with its real output.</summary>
    public IReadOnlyList<Example> Examples { get; init; } = [];

    /// <summary>When the command exits with 1, or null if it never signals a finding.</summary>
    public string? Finding { get; init; }

    /// <summary>
    /// Version of the JSON schema <c>panicle.NAME/VERSION</c>; raised when a field is removed or changes its meaning.
    /// </summary>
    public int SchemaVersion { get; init; } = 1;

    /// <summary>
    /// Whether the JSON is the result alone, with the schema as its first field:
    /// for verbs whose document other programs keep as it is.
    /// </summary>
    public bool IsDocument { get; init; }

    /// <summary>What the schema is called where a verb and a command share their name; null for the name.</summary>
    public string? SchemaName { get; init; }

    /// <summary>The JSON schema's name and version: <c>panicle.ps/2</c>.</summary>
    public string Schema => $"panicle.{SchemaName ?? Name.Replace(' ', '-')}/{SchemaVersion}";

    /// <summary>The usage line: <c>ps [-k] [-C CPU] [PID | TASK | NAME]...</c></summary>
    public string Usage =>
        string.Join(' ', [Name, .. OptionUsages(), .. Operands.Select(o => o.Usage)]);

    /// <summary>Finds a declared option by its full name.</summary>
    public Option? FindOption(string name) => Options.FirstOrDefault(o => o.Name == name);

    // A group stands where its first option does: [-r | -f].
    private IEnumerable<string> OptionUsages()
    {
        var shown = new HashSet<string>();
        foreach (var option in Options.Where(o => !o.IsHidden))
        {
            if (!shown.Add(option.Name))
                continue;
            var group = OneOf.FirstOrDefault(g => g.Options.Contains(option.Name))?.Options
                .Select(FindOption).OfType<Option>().Where(o => !o.IsHidden && !shown.Contains(o.Name)).ToList() ?? [];
            shown.UnionWith(group.Select(o => o.Name));
            yield return $"[{string.Join(" | ", group.Prepend(option).Select(o => o.Signature))}]";
        }
    }
}

/// <summary>Options that exclude each other: different answers to the same question.</summary>
/// <param name="Options">Their names.</param>
internal sealed record OneOf(params IReadOnlyList<string> Options)
{
    /// <summary>What can't be done with two of them at once, for the message: "given", "shown".</summary>
    public string Verb { get; init; } = "given";
}

/// <summary>An example for help.</summary>
/// <param name="Line">The line as typed.</param>
/// <param name="Output">What it really printed (shortened with "..." lines where it is long).</param>
/// <param name="Comment">What it shows, in a sentence; may be empty.</param>
internal sealed record Example(string Line, string Output, string Comment = "");

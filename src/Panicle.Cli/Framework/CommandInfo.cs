using Panicle.Cli.Commands.Sched;

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

    /// <summary>The options, in the order in which help shows them. <c>--json</c> and <c>--help</c> are everywhere without being declared.</summary>
    public IReadOnlyList<Option> Options { get; init; } = [];

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

    /// <summary>Version of the JSON schema <c>panicle.NAME/VERSION</c>; raised when a field is removed or changes its meaning.</summary>
    public int SchemaVersion { get; init; } = 1;

    /// <summary>
    /// Whether the JSON is the result alone, with the schema as its first field: for verbs whose document other programs
    /// keep as it is.
    /// </summary>
    public bool IsDocument { get; init; }

    /// <summary>The JSON schema's name.</summary>
    public string Schema => $"panicle.{Name.Replace(' ', '-')}/{SchemaVersion}";

    /// <summary>The usage line: <c>ps [-k] [-C CPU] [PID | TASK | NAME]...</c></summary>
    public string Usage =>
        string.Join(' ', [Name, .. Options.Where(o => !o.IsHidden).Select(o => o.Usage), .. Operands.Select(o => o.Usage)]);

    /// <summary>Finds a declared option by its full name.</summary>
    public Option? FindOption(string name) => Options.FirstOrDefault(o => o.Name == name);
}

/// <summary>
/// An option, named as it is typed, dashes included: <c>-k</c>, <c>-64</c>, <c>--html</c>. Single letters can be
/// combined (<c>-mS</c>) and repeated.
/// </summary>
internal sealed record Option
{
    private Option(string name, string? value, string help, Completes completes) =>
        (Name, ValueName, Help, Completes) = (name, value, help, completes);

    /// <summary>The option with its dashes.</summary>
    public string Name { get; }

    /// <summary>What the value is called in help, or null for a flag.</summary>
    public string? ValueName { get; }

    /// <summary>One line for help.</summary>
    public string Help { get; }

    /// <summary>What completes its value.</summary>
    public Completes Completes { get; }

    /// <summary>Whether help leaves it out.</summary>
    public bool IsHidden { get; init; }

    /// <summary>The option in a usage line.</summary>
    public string Usage => $"[{Signature}]";

    /// <summary>The option with its value's name.</summary>
    public string Signature => ValueName is null ? Name : $"{Name} {ValueName}";

    /// <summary>An option without a value.</summary>
    public static Option Flag(string name, string help) => new(name, null, help, Completes.Nothing);

    /// <summary>An option with a value, in the next word (or joined to a single letter: <c>-l3</c>; or <c>--html=FILE</c>).</summary>
    public static Option Value(string name, string valueName, string help, Completes completes = Completes.Nothing) =>
        new(name, valueName, help, completes);
}

/// <summary>An operand of a command.</summary>
/// <param name="Name">What help calls it: "PID | TASK".</param>
/// <param name="IsRequired">Whether at least one must be there.</param>
/// <param name="IsRepeated">Whether any number may follow.</param>
/// <param name="Completes">What completes it.</param>
internal sealed record Operand(string Name, bool IsRequired, bool IsRepeated, Completes Completes)
{
    /// <summary>The operand in a usage line.</summary>
    public string Usage => (IsRequired ? Name : $"[{Name}]") + (IsRepeated ? "..." : "");

    /// <summary>Exactly one.</summary>
    public static Operand Required(string name, Completes completes = Completes.Nothing) => new(name, true, false, completes);

    /// <summary>None or one.</summary>
    public static Operand Optional(string name, Completes completes = Completes.Nothing) => new(name, false, false, completes);

    /// <summary>Any number, none included.</summary>
    public static Operand Any(string name, Completes completes = Completes.Nothing) => new(name, false, true, completes);

    /// <summary>One or more.</summary>
    public static Operand Some(string name, Completes completes = Completes.Nothing) => new(name, true, true, completes);
}

/// <summary>What the shell offers for a word. Combine them where several kinds fit.</summary>
[Flags]
internal enum Completes
{
    Nothing = 0,
    Commands = 1,
    Symbols = 2,
    Types = 4,
    Tasks = 8,
    Modules = 16,
    Files = 32,
    Settings = 64,
}

/// <summary>An example for help.</summary>
/// <param name="Line">The line as typed.</param>
/// <param name="Output">What it really printed (shortened with "..." lines where it is long).</param>
/// <param name="Comment">What it shows, in a sentence; may be empty.</param>
internal sealed record Example(string Line, string Output, string Comment = "");

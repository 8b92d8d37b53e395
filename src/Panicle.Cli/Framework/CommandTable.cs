namespace Panicle.Cli;

/// <summary>A command that isn't created yet.</summary>
/// <param name="ClassName">The class, which is named after the command: PsCommand is "ps".</param>
/// <param name="Create">Creates it.</param>
/// <param name="Group">The first word of a name of two: StatusVerb of the group "kdump" is "kdump status".</param>
internal sealed record CommandEntry(string ClassName, Func<Command> Create, string? Group = null)
{
    /// <summary>The command's name, known without creating it.</summary>
    public string Name => (string.IsNullOrEmpty(Group) ? "" : $"{Group} ") + ClassName[..^Suffix.Length].ToLowerInvariant();

    private string Suffix => ClassName.EndsWith("Verb", StringComparison.Ordinal) ? "Verb" : "Command";
}

/// <summary>Every command and verb of the program. The build fills it from the file names in Commands and Verbs.</summary>
internal static partial class CommandTable
{
    public static CommandSet Commands()
    {
        List<CommandEntry> table = [];
        AddCommands(table);
        return new CommandSet(table);
    }

    /// <summary>The program's verbs: <c>panicle report DUMP</c>.</summary>
    public static CommandSet Verbs()
    {
        List<CommandEntry> table = [];
        AddVerbs(table);
        return new CommandSet(table);
    }

    static partial void AddCommands(List<CommandEntry> table);

    static partial void AddVerbs(List<CommandEntry> table);
}

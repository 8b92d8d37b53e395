namespace Panicle.Cli;

/// <summary>Commands by name. A command is created when it is first asked for; an alias creates them all.</summary>
internal sealed class CommandSet
{
    private readonly CommandEntry[] _entries;
    private readonly Command?[] _created;

    public CommandSet(IEnumerable<CommandEntry> entries)
    {
        _entries = [.. entries.OrderBy(e => e.Name, StringComparer.Ordinal)];
        _created = new Command?[_entries.Length];
    }

    /// <summary>The commands by name, none of them created.</summary>
    public IReadOnlyList<CommandEntry> Entries => _entries;

    /// <summary>Every command, by name.</summary>
    public IEnumerable<Command> All => Enumerable.Range(0, _entries.Length).Select(At);

    /// <summary>Finds a command by its name or an alias, or returns null.</summary>
    public Command? Find(string name)
    {
        var index = Array.FindIndex(_entries, e => e.Name == name);
        return index >= 0 ? At(index) : All.FirstOrDefault(c => c.Info.Aliases.Contains(name));
    }

    private Command At(int index) => _created[index] ??= _entries[index].Create();
}

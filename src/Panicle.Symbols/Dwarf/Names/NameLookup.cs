namespace Panicle.Symbols.Dwarf;

/// <summary>
/// Finds definitions by name: in the file's own index where it has one that can be used,
/// else in one that is made here. Thread-safe.
/// </summary>
internal sealed class NameLookup
{
    private readonly DwarfFile _file;
    private readonly Lazy<NameIndex> _made;
    private readonly Lazy<DebugNames?> _given;
    private volatile bool _isGivenDamaged;

    /// <summary>Nothing is read yet.</summary>
    /// <param name="file">The file.</param>
    /// <param name="folder">Where indexes that were made are kept; null for nowhere.</param>
    public NameLookup(DwarfFile file, string? folder)
    {
        _file = file;
        _made = new(() => NameIndex.Open(file, folder));
        _given = new(() => DebugNames.TryOpen(file));
    }

    /// <summary>The index that has everything; making it takes a while.</summary>
    public NameIndex All => _made.Value;

    /// <summary>Whether the index was made, as it is for what the file's own doesn't have.</summary>
    public bool IsMade => _made.IsValueCreated;

    /// <summary>
    /// The entries that may have this name, the one that most source files use first. The caller compares the name itself.
    /// </summary>
    public IReadOnlyList<NameEntry> Find(ReadOnlySpan<byte> name, NameKind kind)
    {
        if (kind is not (NameKind.Enumerator or NameKind.DeclaredVariable) && FindGiven(name, kind) is { } given)
            return given;
        var found = new List<NameEntry>();
        foreach (ref readonly var entry in All.Find(name))
            if (entry.Kind == kind)
                found.Add(entry);
        return found;
    }

    /// <summary>What the file's own index says; null if that can't be relied on.</summary>
    private List<NameEntry>? FindGiven(ReadOnlySpan<byte> name, NameKind kind)
    {
        if (_isGivenDamaged || _given.Value is not { } index)
            return null;
        try
        {
            var found = index.Find(name, kind);
            // Of a function that was inlined everywhere it may have nothing.
            return found.Count > 0 || (index.IsComplete && kind != NameKind.Function) ? found : null;
        }
        catch (DwarfException problem)
        {
            _isGivenDamaged = true;
            _file.Note($"the index of names isn't used: {problem.Message}");
            return null;
        }
    }
}

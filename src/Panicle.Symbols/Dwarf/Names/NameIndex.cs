namespace Panicle.Symbols.Dwarf;

/// <summary>
/// The entries of a file's debug information by name. Making it takes some tenths of a second for a vmlinux; with a folder for
/// it, it is kept there by the file's build ID, and then costs a few milliseconds. Immutable; thread-safe.
/// </summary>
internal sealed class NameIndex
{
    private readonly NameEntry[] _entries;

    private NameIndex(NameEntry[] entries) => _entries = entries;

    /// <summary>All entries, by hash.</summary>
    public ReadOnlySpan<NameEntry> Entries => _entries;

    /// <summary>Reads the index that was kept, or makes and keeps it.</summary>
    /// <param name="file">The file.</param>
    /// <param name="folder">Where indexes are kept; null for nowhere.</param>
    public static NameIndex Open(DwarfFile file, string? folder)
    {
        try
        {
            var store = new NameStore(file, folder);
            if (store.TryRead() is { } kept)
                return new NameIndex(kept);
            var made = NameScan.Run(file);
            // Which of the other files are there may be different next time.
            if (!file.Units.Any(unit => unit.MayBeElsewhere))
                store.Write(made);
            return new NameIndex(made);
        }
        catch (DwarfException)
        {
            return new NameIndex([]); // The section can't be loaded: lines say so, and there are no names.
        }
    }

    /// <summary>The entries that may have this name: those of its hash. The caller compares the name itself.</summary>
    public ReadOnlySpan<NameEntry> Find(ReadOnlySpan<byte> name)
    {
        var hash = NameEntry.HashOf(name);
        var first = LowerBound(hash);
        var end = first;
        while (end < _entries.Length && _entries[end].Hash == hash)
            end++;
        return _entries.AsSpan(first, end - first);
    }

    /// <summary>The entry's place in the file.</summary>
    /// <exception cref="DwarfException">There is none: the index is damaged.</exception>
    public static DieReference Resolve(DwarfFile file, in NameEntry entry)
    {
        switch (entry.Place)
        {
            case NamePlace.Info:
                return file.EntryAt(entry.Offset);
            case NamePlace.Supplementary when file.Supplementary is { } supplementary:
                return supplementary.EntryAt(entry.Offset);
            case NamePlace.Split when entry.Unit < file.Units.Count && file.Units[entry.Unit].Full is { Skeleton: not null } full:
                return entry.Offset >= full.Offset && entry.Offset < full.End
                    ? new(full, (int)entry.Offset)
                    : full.File.EntryAt(entry.Offset);
            case NamePlace.SplitTypes when entry.Unit < file.Units.Count
                && UnitAt(file.Units[entry.Unit].Full.File.TypeUnits, entry.Offset) is { } shared:
                return new(shared, (int)entry.Offset);
            case NamePlace.Types when UnitAt(file.TypeUnits, entry.Offset) is { } unit:
                return new(unit, (int)entry.Offset);
        }
        throw new DwarfException(file.Info.Name, entry.Offset, "the index of names leads to where nothing is");
    }

    private static DwarfUnit? UnitAt(IReadOnlyList<DwarfUnit> units, uint offset)
    {
        var (low, high) = (0, units.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            if (units[middle].Offset > offset)
                high = middle - 1;
            else if (units[middle].End <= offset)
                low = middle + 1;
            else
                return units[middle];
        }
        return null;
    }

    private int LowerBound(uint hash)
    {
        var (low, high) = (0, _entries.Length);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (_entries[middle].Hash < hash)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}

using System.Collections.Concurrent;

namespace Panicle.Symbols.Dwarf;

/// <summary>
/// Source lines and inlined functions from a file's debug information. An address costs reading the one unit that it is in; what
/// has been read is kept, up to a limit.
/// </summary>
internal sealed class DwarfLines
{
    // The room that a compiler leaves before a function (the kernel's __pfx_ symbols) may lie before the unit's first address. It
    // has a line nevertheless.
    private const ulong MostPrefix = 64;

    // What the tables of units that have been read may take together, about.
    private const long MaxKept = 192L << 20;

    private readonly ConcurrentDictionary<int, UnitCode> _code = [];
    private long _kept;

    /// <summary>Creates the table; nothing is read yet but the list of units.</summary>
    /// <param name="file">The debug information; it must stay open.</param>
    /// <exception cref="DwarfException">The file's <c>.debug_info</c> can't be loaded.</exception>
    public DwarfLines(DwarfFile file)
    {
        File = file;
        // So that a section which can't be loaded is told here.
        _ = file.Units;
    }

    /// <summary>The file that the lines are from.</summary>
    public DwarfFile File { get; }

    /// <summary>What was damaged, by unit, among all that has been read so far.</summary>
    public IEnumerable<DwarfException> Problems => _code.Values.SelectMany(code => code.Problems);

    /// <summary>
    /// What the code at an address was compiled from: the innermost function first, then each that it was inlined into, at the
    /// line of the call; the last one is a function that stands by itself. Empty if nothing is known of the address.
    /// </summary>
    public IReadOnlyList<SourceFrame> Find(ulong address)
    {
        var unit = UnitAt(address);
        return unit < 0 ? [] : CodeOf(unit).Find(address);
    }

    /// <summary>
    /// The frames of many addresses, each as <see cref="Find"/> has it. Each unit is read once, and they are read side by side.
    /// </summary>
    public IReadOnlyList<SourceFrame>[] FindAll(IReadOnlyList<ulong> addresses)
    {
        var found = new IReadOnlyList<SourceFrame>[addresses.Count];
        var units = new int[addresses.Count];
        var order = new int[addresses.Count];
        for (var i = 0; i < order.Length; i++)
            (units[i], order[i]) = (UnitAt(addresses[i]), i);
        Array.Sort(units, order);
        var groups = new List<(int First, int End)>();
        for (var first = 0; first < units.Length;)
        {
            var end = first + 1;
            while (end < units.Length && units[end] == units[first])
                end++;
            groups.Add((first, end));
            first = end;
        }
        if (groups.Count == 1)
            FindGroup(0);
        else
            Parallel.For(0, groups.Count, FindGroup);
        return found;

        void FindGroup(int group)
        {
            var (first, end) = groups[group];
            var code = units[first] < 0 ? null : CodeOf(units[first]);
            for (var i = first; i < end; i++)
                found[order[i]] = code?.Find(addresses[order[i]]) ?? [];
        }
    }

    /// <summary>The unit with the code at an address, or −1.</summary>
    internal int UnitAt(ulong address)
    {
        var unit = File.CodeRanges.Find(address);
        if (unit >= 0)
            return unit;
        var next = File.CodeRanges.FindNext(address, MostPrefix);
        return next >= 0 && CodeOf(next).HasLine(address) ? next : -1;
    }

    /// <summary>The lines and functions of a unit.</summary>
    internal UnitCode CodeOf(int unit)
    {
        if (_code.TryGetValue(unit, out var known))
            return known;
        var code = new UnitCode(File.Units[unit]);
        if (Interlocked.Add(ref _kept, code.Size) > MaxKept)
        {
            _code.Clear();
            Interlocked.Exchange(ref _kept, code.Size);
        }
        return _code.GetOrAdd(unit, code);
    }
}

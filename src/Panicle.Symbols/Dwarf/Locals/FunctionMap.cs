using System.Collections.Concurrent;

namespace Panicle.Symbols.Dwarf;

/// <summary>The functions with code of their own by address, a unit at a time. Thread-safe.</summary>
internal sealed class FunctionMap(DwarfFile file)
{
    private readonly Lazy<DwarfLines> _units = new(() => new DwarfLines(file));
    private readonly ConcurrentDictionary<int, (CodeRange Range, int Die)[]> _functions = [];

    /// <summary>The entry of the function that covers an address of the file, or null.</summary>
    /// <exception cref="DwarfException">The file's units can't be read.</exception>
    public DieReference? Find(ulong address)
    {
        var index = _units.Value.UnitAt(address);
        if (index < 0)
            return null;
        var unit = file.Units[index].Full;
        foreach (var (range, die) in _functions.GetOrAdd(index, _ => Read(unit)))
            if (range.Contains(address))
                return new DieReference(unit, die);
        return null;
    }

    private static (CodeRange Range, int Die)[] Read(DwarfUnit unit)
    {
        var functions = new List<(CodeRange Range, int Die)>();
        var ranges = new List<CodeRange>();
        try
        {
            var die = unit.Open();
            die.Read();
            while (die.Read() && die.Depth >= 1)
            {
                if (die.Tag == DwarfTag.Subprogram)
                {
                    ranges.Clear();
                    RangeLists.Add(unit, die.Get(DwarfAttribute.LowPc), die.Get(DwarfAttribute.HighPc),
                        die.Get(DwarfAttribute.Ranges), ranges);
                    foreach (var range in ranges)
                        functions.Add((range, die.Offset));
                }
                if (die.Tag is not (DwarfTag.Namespace or DwarfTag.Module))
                    die.SkipChildren();
            }
        }
        catch (DwarfException)
        {
            // What follows in this unit is lost.
        }
        return [.. functions];
    }
}

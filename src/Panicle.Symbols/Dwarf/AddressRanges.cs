namespace Panicle.Symbols.Dwarf;

/// <summary>
/// Which unit has the code at an address: from <c>.debug_aranges</c> (DWARF 5, 6.1.2) where compilers wrote it, which costs a
/// millisecond; for the other units from what their first entries say, and where those say nothing from their lines.
/// </summary>
internal sealed class AddressRanges
{
    private readonly ulong[] _starts;
    private readonly int[] _units;

    private AddressRanges(List<OwnedRange> ranges)
    {
        var map = new RangeMap(ranges);
        _starts = map.Starts;
        _units = map.Owners;
    }

    /// <summary>Creates a map from what was saved of one.</summary>
    public AddressRanges(ulong[] starts, int[] units) => (_starts, _units) = (starts, units);

    /// <summary>Where each stretch begins.</summary>
    public ReadOnlySpan<ulong> Starts => _starts;

    /// <summary>The unit of each stretch, or −1.</summary>
    public ReadOnlySpan<int> Units => _units;

    /// <summary>The unit of an address by its place in <see cref="DwarfFile.Units"/>, or −1.</summary>
    public int Find(ulong address) => RangeMap.Find(_starts, _units, address);

    /// <summary>The unit whose code begins next after an address, at most so many bytes away; or −1.</summary>
    public int FindNext(ulong address, ulong distance)
    {
        var next = _starts.AsSpan().BinarySearch(address);
        if (next < 0)
            next = ~next;
        // Right where one unit's code ends.
        if (next < _starts.Length && _units[next] < 0)
            next++;
        return next < _starts.Length && _starts[next] - address <= distance ? _units[next] : -1;
    }

    /// <summary>Reads <c>.debug_aranges</c>, and asks the units that aren't listed there.</summary>
    public static AddressRanges Read(DwarfFile file)
    {
        var covered = new bool[file.Units.Count];
        var ranges = ReadListed(file, covered);
        AddUnlisted(file, covered, ranges);
        return new AddressRanges(ranges);
    }

    private static List<OwnedRange> ReadListed(DwarfFile file, bool[] covered)
    {
        var ranges = new List<OwnedRange>();
        try
        {
            var cursor = new ByteCursor(file.Aranges, 0);
            while (!cursor.AtEnd)
                ReadSet(file, ref cursor, covered, ranges);
        }
        catch (DwarfException)
        {
            // What follows can't be read; those units say it themselves.
        }
        return ranges;
    }

    private static void AddUnlisted(DwarfFile file, bool[] covered, List<OwnedRange> ranges)
    {
        var found = new List<OwnedRange>?[covered.Length];
        Parallel.For(0, covered.Length, index =>
        {
            if (!covered[index])
                found[index] = RangesOf(file.Units[index]);
        });
        foreach (var unit in found)
            if (unit is not null)
                ranges.AddRange(unit);
    }

    private static List<OwnedRange>? RangesOf(DwarfUnit unit)
    {
        var ranges = new List<CodeRange>();
        try
        {
            if (unit.Problem is not null || unit.Kind is DwarfUnitKind.Type or DwarfUnitKind.SplitType)
                return null;
            unit.Root.AddRanges(unit, ranges);
            if (ranges.Count == 0 && unit.Root.LineTable is not null && LineTable.Read(unit) is { } lines)
                ranges.AddRange(lines.Ranges);
        }
        catch (DwarfException)
        {
            // The unit is lost, and only it.
        }
        return [
            .. ranges.Where(range => range.Start != 0).Select(range => new OwnedRange(range.Start, range.End, 0, unit.Index))];
    }

    private static void ReadSet(DwarfFile file, ref ByteCursor cursor, bool[] covered, List<OwnedRange> ranges)
    {
        var start = cursor.Position;
        var length = cursor.ReadInitialLength(out var is64);
        if (length > (ulong)(cursor.End - cursor.Position))
            cursor.Fail(start, "a set of address ranges that reaches beyond the section's end");
        var end = cursor.Position + (int)length;
        cursor.Skip(2); // version
        var unit = file.UnitAt(cursor.ReadUnsigned(is64 ? 8 : 4));
        var size = cursor.ReadByte();
        cursor.Skip(1); // size of segment selectors
        if (size is not (4 or 8))
            cursor.Fail(start, $"addresses of {size} bytes");
        if (unit is not null)
            covered[unit.Index] = true;
        // The pairs are aligned to their own size, counted from the set's beginning.
        var pair = 2 * size;
        cursor.Position = Math.Min(end, start + (cursor.Position - start + pair - 1) / pair * pair);
        while (end - cursor.Position >= pair)
        {
            var address = cursor.ReadUnsigned(size);
            var count = cursor.ReadUnsigned(size);
            if (count == 0 || unit is null || address == 0)
                continue;
            // What is listed counts before what a unit says itself.
            ranges.Add(new(address, address + count, 1, unit.Index));
        }
        cursor.Position = end;
    }
}

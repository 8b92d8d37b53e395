namespace Panicle.Symbols.Dwarf;

/// <summary>Addresses of code, from the first to the one after the last.</summary>
/// <param name="Start">The first address.</param>
/// <param name="End">The address after the last.</param>
internal readonly record struct CodeRange(ulong Start, ulong End)
{
    /// <summary>Whether an address is one of them.</summary>
    public bool Contains(ulong address) => address >= Start && address < End;
}

/// <summary>
/// The addresses that an entry covers: DW_AT_low_pc with DW_AT_high_pc, or a list in <c>.debug_ranges</c> (until DWARF 4) or
/// <c>.debug_rnglists</c> (DWARF 5, 2.17.3 and 7.25).
/// </summary>
internal static class RangeLists
{
    private const byte EndOfList = 0;
    private const byte BaseIndexed = 1;
    private const byte StartIndexedEndIndexed = 2;
    private const byte StartIndexedLength = 3;
    private const byte OffsetPair = 4;
    private const byte BaseAddress = 5;
    private const byte StartEnd = 6;
    private const byte StartLength = 7;

    /// <summary>Appends the addresses that an entry's attributes name; empty ranges are left out.</summary>
    /// <exception cref="DwarfException">They are damaged.</exception>
    public static void Add(
        DwarfUnit unit, in AttributeValue lowPc, in AttributeValue highPc, in AttributeValue list, List<CodeRange> ranges)
    {
        if (list.Exists)
            AddList(unit, list, ranges);
        else if (lowPc.Exists && highPc.Exists)
        {
            var start = lowPc.Address;
            Add(ranges, start, highPc.IsAddress ? highPc.Address : start + highPc.Raw);
        }
    }

    private static void AddList(DwarfUnit unit, in AttributeValue list, List<CodeRange> ranges)
    {
        if (unit.Version < 5)
        {
            // Those of a split unit are in the file with the code.
            AddOld(unit.Skeleton ?? unit, list.Raw + (unit.Skeleton?.Root.RangesBase ?? 0), ranges);
            return;
        }
        var offset = list.Raw + unit.Parts.RngLists;
        if (list.Form == DwarfForm.Rnglistx)
        {
            var table = unit.Root.RngListsBase;
            offset = table + DwarfUnit.Entry(unit.File.RngLists, table, list.Raw, unit.OffsetSize);
        }
        AddNew(unit, offset, ranges);
    }

    private static void AddOld(DwarfUnit unit, ulong offset, List<CodeRange> ranges)
    {
        var cursor = new ByteCursor(unit.File.Ranges, (long)offset);
        var start = unit.BaseAddress;
        var newBase = unit.AddressSize == 8 ? ulong.MaxValue : uint.MaxValue;
        while (true)
        {
            var low = cursor.ReadUnsigned(unit.AddressSize);
            var high = cursor.ReadUnsigned(unit.AddressSize);
            if (low == 0 && high == 0)
                return;
            if (low == newBase)
                start = high;
            else
                Add(ranges, start + low, start + high);
        }
    }

    private static void AddNew(DwarfUnit unit, ulong offset, List<CodeRange> ranges)
    {
        var cursor = new ByteCursor(unit.File.RngLists, (long)offset);
        var start = unit.BaseAddress;
        while (true)
        {
            var at = cursor.Position;
            ulong low;
            switch (cursor.ReadByte())
            {
                case EndOfList:
                    return;
                case BaseIndexed:
                    start = unit.IndexedAddress(cursor.ReadUleb());
                    break;
                case StartIndexedEndIndexed:
                    low = unit.IndexedAddress(cursor.ReadUleb());
                    Add(ranges, low, unit.IndexedAddress(cursor.ReadUleb()));
                    break;
                case StartIndexedLength:
                    low = unit.IndexedAddress(cursor.ReadUleb());
                    Add(ranges, low, low + cursor.ReadUleb());
                    break;
                case OffsetPair:
                    low = start + cursor.ReadUleb();
                    Add(ranges, low, start + cursor.ReadUleb());
                    break;
                case BaseAddress:
                    start = cursor.ReadUnsigned(unit.AddressSize);
                    break;
                case StartEnd:
                    low = cursor.ReadUnsigned(unit.AddressSize);
                    Add(ranges, low, cursor.ReadUnsigned(unit.AddressSize));
                    break;
                case StartLength:
                    low = cursor.ReadUnsigned(unit.AddressSize);
                    Add(ranges, low, low + cursor.ReadUleb());
                    break;
                default:
                    cursor.Fail(at, "an unknown kind of address range");
                    break;
            }
        }
    }

    private static void Add(List<CodeRange> ranges, ulong start, ulong end)
    {
        if (end > start)
            ranges.Add(new(start, end));
    }
}

namespace Panicle.Symbols.Dwarf;

/// <summary>
/// Places that hold for a part of a function each: <c>.debug_loc</c> until DWARF 4,
/// <c>.debug_loclists</c> since (DWARF 5, 2.6.2 and 7.29).
/// </summary>
internal static class LocationList
{
    private const byte EndOfList = 0;
    private const byte BaseIndexed = 1;
    private const byte StartIndexedEndIndexed = 2;
    private const byte StartIndexedLength = 3;
    private const byte OffsetPair = 4;
    private const byte Default = 5;
    private const byte BaseAddress = 6;
    private const byte StartEnd = 7;
    private const byte StartLength = 8;
    private const byte GnuViewPair = 9;

    /// <summary>
    /// The expression that an attribute gives for an address: its own, or the list's; null if it has none there.
    /// </summary>
    /// <exception cref="DwarfException">The list is damaged.</exception>
    public static ExpressionBlock? Find(in AttributeValue location, ulong address)
    {
        if (!location.Exists)
            return null;
        if (location.IsBlock)
            return location.Length == 0 ? null : ExpressionBlock.Of(location);
        var unit = location.Unit;
        if (unit.Version < 5)
            return unit.Skeleton is null
                ? FindOld(unit, location.Raw, address)
                : FindByKinds(unit, unit.File.Loc, location.Raw + unit.Parts.Loc, address, isGnu: true);
        var offset = location.Raw + unit.Parts.Loc;
        if (location.Form == DwarfForm.Loclistx)
        {
            var table = unit.Root.LocListsBase;
            offset = table + DwarfUnit.Entry(unit.File.LocLists, table, location.Raw, unit.OffsetSize);
        }
        return FindByKinds(unit, unit.File.LocLists, offset, address, isGnu: false);
    }

    private static ExpressionBlock? FindOld(DwarfUnit unit, ulong offset, ulong address)
    {
        var cursor = new ByteCursor(unit.File.Loc, (long)Math.Min(offset, long.MaxValue));
        var start = unit.BaseAddress;
        var newBase = unit.AddressSize == 8 ? ulong.MaxValue : uint.MaxValue;
        while (true)
        {
            var low = cursor.ReadUnsigned(unit.AddressSize);
            var high = cursor.ReadUnsigned(unit.AddressSize);
            if (low == 0 && high == 0)
                return null;
            if (low == newBase)
            {
                start = high;
                continue;
            }
            var length = cursor.ReadUInt16();
            var block = new ExpressionBlock(unit.File.Loc, cursor.Position, length);
            cursor.Skip(length);
            if (address >= start + low && address < start + high)
                return length == 0 ? null : block;
        }
    }

    // GNU's form in split units before DWARF 5 has the first kinds of that, and numbers of fixed sizes.
    private static ExpressionBlock? FindByKinds(DwarfUnit unit, DwarfSection section, ulong offset, ulong address, bool isGnu)
    {
        var cursor = new ByteCursor(section, (long)Math.Min(offset, long.MaxValue));
        var start = unit.BaseAddress;
        ExpressionBlock? otherwise = null;
        while (true)
        {
            var at = cursor.Position;
            ulong low, high;
            switch (cursor.ReadByte())
            {
                case EndOfList:
                    return otherwise;
                case BaseIndexed:
                    start = unit.IndexedAddress(cursor.ReadUleb());
                    continue;
                case BaseAddress when !isGnu:
                    start = cursor.ReadUnsigned(unit.AddressSize);
                    continue;
                case GnuViewPair when !isGnu:
                    cursor.SkipLeb();
                    cursor.SkipLeb();
                    continue;
                case StartIndexedEndIndexed:
                    low = unit.IndexedAddress(cursor.ReadUleb());
                    high = unit.IndexedAddress(cursor.ReadUleb());
                    break;
                case StartIndexedLength:
                    low = unit.IndexedAddress(cursor.ReadUleb());
                    high = low + Number(ref cursor, isGnu);
                    break;
                case OffsetPair:
                    low = start + Number(ref cursor, isGnu);
                    high = start + Number(ref cursor, isGnu);
                    break;
                case Default when !isGnu:
                    otherwise = Block(section, ref cursor, isGnu);
                    continue;
                case StartEnd when !isGnu:
                    low = cursor.ReadUnsigned(unit.AddressSize);
                    high = cursor.ReadUnsigned(unit.AddressSize);
                    break;
                case StartLength when !isGnu:
                    low = cursor.ReadUnsigned(unit.AddressSize);
                    high = low + cursor.ReadUleb();
                    break;
                default:
                    cursor.Fail(at, "an unknown kind of place in a list");
                    return null;
            }
            var block = Block(section, ref cursor, isGnu);
            if (address >= low && address < high)
                return block.Length == 0 ? null : block;
        }
    }

    private static ulong Number(ref ByteCursor cursor, bool isGnu) => isGnu ? cursor.ReadUInt32() : cursor.ReadUleb();

    private static ExpressionBlock Block(DwarfSection section, ref ByteCursor cursor, bool isGnu)
    {
        var length = isGnu ? cursor.ReadUInt16() : cursor.ReadUleb();
        var start = cursor.Position;
        cursor.Skip(length);
        return new(section, start, (int)length);
    }
}

namespace Panicle.Symbols.Dwarf;

/// <summary>Where a variable lies that has one place for as long as the kernel runs.</summary>
internal static class StaticLocation
{
    private const byte OpAddr = 0x03;
    private const byte OpAddrx = 0xa1;
    private const byte OpGnuAddrIndex = 0xfb;
    private const byte OpPlusUconst = 0x23;

    /// <summary>The address in the file, or null if the location is another one.</summary>
    public static ulong? Of(in AttributeValue location)
    {
        if (!location.IsBlock || location.Length == 0)
            return null;
        var unit = location.Unit;
        var cursor = new ByteCursor(unit.Section, (long)location.Raw, (int)location.Raw + location.Length);
        ulong address;
        switch (cursor.ReadByte())
        {
            case OpAddr:
                address = cursor.ReadUnsigned(unit.AddressSize);
                break;
            case OpAddrx or OpGnuAddrIndex:
                address = unit.IndexedAddress(cursor.ReadUleb());
                break;
            default:
                return null;
        }
        while (!cursor.AtEnd)
        {
            if (cursor.ReadByte() != OpPlusUconst)
                return null;
            address += cursor.ReadUleb();
        }
        return address;
    }
}

using System.Text;

namespace Panicle.Symbols.Dwarf;

/// <summary>Reads the members of a structure or union (DWARF 5, 5.7.6).</summary>
internal static class MemberReader
{
    private const byte OpPlusUconst = 0x23;

    /// <summary>The members; up to the damage, with what it is, where there is some.</summary>
    public static TypeMember[] Read(DwarfTypes owner, DieReference structure, out DwarfException? problem)
    {
        problem = null;
        var members = new List<TypeMember>();
        try
        {
            var die = structure.Open();
            while (die.Read() && die.Depth >= 1 && members.Count < owner.File.Limits.MaxElements)
            {
                // C++'s and Rust's static members have no place.
                if (die.Tag is DwarfTag.Member or DwarfTag.Inheritance && !die.Has(DwarfAttribute.External))
                    members.Add(ReadMember(owner, in die));
                die.SkipChildren();
            }
        }
        catch (DwarfException damage)
        {
            problem = damage;
        }
        return [.. members];
    }

    private static TypeMember ReadMember(DwarfTypes owner, scoped in DieCursor die)
    {
        AttributeValue name = default, type = default, location = default, bitSize = default, dataBitOffset = default,
            bitOffset = default;
        var storage = 0UL;
        foreach (var (attribute, value) in die.Attributes)
            switch (attribute)
            {
                case DwarfAttribute.Name:
                    name = value;
                    break;
                case DwarfAttribute.Type:
                    type = value;
                    break;
                case DwarfAttribute.DataMemberLocation:
                    location = value;
                    break;
                case DwarfAttribute.BitSize:
                    bitSize = value;
                    break;
                case DwarfAttribute.DataBitOffset:
                    dataBitOffset = value;
                    break;
                case DwarfAttribute.BitOffset:
                    bitOffset = value;
                    break;
                case DwarfAttribute.ByteSize:
                    storage = value.Raw;
                    break;
            }
        var target = owner.TargetOf(type);
        var bits = (uint)Math.Min(bitSize.Raw, 64);
        var place = OffsetOf(location) * 8;
        if (dataBitOffset.Exists)
            place += dataBitOffset.Raw;
        else if (bitOffset.Exists)
        {
            // Until DWARF 3: counted from the storage unit's most significant bit, which little-endian machines have last.
            storage = storage == 0 ? target.Size : storage;
            place += storage * 8 - (ulong)bitOffset.Signed - bits;
        }
        return new TypeMember(Encoding.UTF8.GetString(name.Text), target, place, bitSize.Exists ? bits : 0);
    }

    private static ulong OffsetOf(in AttributeValue location)
    {
        if (!location.Exists)
            return 0;
        if (!location.IsBlock)
            return location.Raw;
        // DWARF 2 says it as an expression that adds to the structure's address.
        var block = location.Block;
        if (block.Length < 2 || block[0] != OpPlusUconst)
            throw new DwarfException(location.Unit.Section.Name, (long)location.Raw, "a member whose place is computed");
        var cursor = new ByteCursor(location.Unit.Section, (long)location.Raw + 1);
        return cursor.ReadUleb();
    }
}

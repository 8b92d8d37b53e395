using System.Runtime.CompilerServices;

namespace Panicle.Symbols.Dwarf;

/// <summary>Reads and passes over the data of attributes.</summary>
internal static class AttributeReader
{
    /// <summary>Reads one attribute's data.</summary>
    /// <exception cref="DwarfException">It reaches beyond the unit or has an unknown form.</exception>
    public static AttributeValue Read(ref ByteCursor cursor, in AttributeSpec spec, DwarfUnit unit) =>
        spec.Form == DwarfForm.ImplicitConst
            ? new(unit, spec.Form, (ulong)new ByteCursor(unit.File.Abbrev, spec.ConstantAt).ReadSleb())
            : Read(ref cursor, spec.Form, unit, allowIndirect: true);

    /// <summary>Passes over one attribute's data.</summary>
    /// <exception cref="DwarfException">It reaches beyond the unit or has an unknown form.</exception>
    public static void Skip(ref ByteCursor cursor, DwarfForm form, DwarfUnit unit)
    {
        var size = FormSize.Of(form, unit.AddressSize, unit.OffsetSize, unit.Version);
        if (size >= 0)
        {
            cursor.Skip((ulong)size);
            return;
        }
        switch (form)
        {
            case DwarfForm.Sdata or DwarfForm.Udata or DwarfForm.RefUdata or DwarfForm.Strx or DwarfForm.Addrx
                or DwarfForm.Loclistx or DwarfForm.Rnglistx or DwarfForm.GnuAddrIndex or DwarfForm.GnuStrIndex:
                cursor.SkipLeb();
                break;
            case DwarfForm.String:
                cursor.SkipText();
                break;
            default:
                Read(ref cursor, form, unit, allowIndirect: true);
                break;
        }
    }

    private static AttributeValue Read(ref ByteCursor cursor, DwarfForm form, DwarfUnit unit, bool allowIndirect)
    {
        switch (form)
        {
            case DwarfForm.Data1 or DwarfForm.Ref1 or DwarfForm.Flag or DwarfForm.Strx1 or DwarfForm.Addrx1:
                return new(unit, form, cursor.ReadByte());
            case DwarfForm.Data2 or DwarfForm.Ref2 or DwarfForm.Strx2 or DwarfForm.Addrx2:
                return new(unit, form, cursor.ReadUInt16());
            case DwarfForm.Strx3 or DwarfForm.Addrx3:
                return new(unit, form, cursor.ReadUInt24());
            case DwarfForm.Data4 or DwarfForm.Ref4 or DwarfForm.RefSup4 or DwarfForm.Strx4 or DwarfForm.Addrx4:
                return new(unit, form, cursor.ReadUInt32());
            case DwarfForm.Data8 or DwarfForm.Ref8 or DwarfForm.RefSig8 or DwarfForm.RefSup8:
                return new(unit, form, cursor.ReadUInt64());
            case DwarfForm.Udata or DwarfForm.RefUdata or DwarfForm.Strx or DwarfForm.Addrx or DwarfForm.Loclistx
                or DwarfForm.Rnglistx or DwarfForm.GnuAddrIndex or DwarfForm.GnuStrIndex:
                return new(unit, form, cursor.ReadUleb());
            case DwarfForm.Sdata:
                return new(unit, form, (ulong)cursor.ReadSleb());
            case DwarfForm.FlagPresent:
                return new(unit, form, 1);
            case DwarfForm.Addr or DwarfForm.RefAddr or DwarfForm.Strp or DwarfForm.LineStrp or DwarfForm.SecOffset
                or DwarfForm.StrpSup or DwarfForm.GnuStrpAlt or DwarfForm.GnuRefAlt:
                return new(unit, form, cursor.ReadUnsigned(FormSize.Of(form, unit.AddressSize, unit.OffsetSize, unit.Version)));
            case DwarfForm.String:
                var start = cursor.Position;
                return new(unit, form, (ulong)start, cursor.ReadText().Length);
            case DwarfForm.Block or DwarfForm.Exprloc:
                return Block(ref cursor, form, unit, cursor.ReadUleb());
            case DwarfForm.Block1:
                return Block(ref cursor, form, unit, cursor.ReadByte());
            case DwarfForm.Block2:
                return Block(ref cursor, form, unit, cursor.ReadUInt16());
            case DwarfForm.Block4:
                return Block(ref cursor, form, unit, cursor.ReadUInt32());
            case DwarfForm.Data16:
                return Block(ref cursor, form, unit, 16);
            case DwarfForm.Indirect when allowIndirect:
                return Read(ref cursor, (DwarfForm)Math.Min(cursor.ReadUleb(), ushort.MaxValue), unit, allowIndirect: false);
            default:
                cursor.Fail(cursor.Position, $"an attribute of the unknown form 0x{(ushort)form:x}");
                return default;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static AttributeValue Block(ref ByteCursor cursor, DwarfForm form, DwarfUnit unit, ulong length)
    {
        var start = cursor.Position;
        cursor.Skip(length);
        return new(unit, form, (ulong)start, (int)length);
    }
}

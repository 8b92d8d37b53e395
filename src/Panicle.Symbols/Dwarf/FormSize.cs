namespace Panicle.Symbols.Dwarf;

/// <summary>The sizes of attributes' forms, where the form alone says them.</summary>
internal static class FormSize
{
    /// <summary>The size of a form's data in bytes, or −1 if the data says it.</summary>
    /// <param name="form">The form.</param>
    /// <param name="addressSize">The unit's size of an address.</param>
    /// <param name="offsetSize">The unit's size of a section offset: 4 or 8.</param>
    /// <param name="version">The unit's DWARF version.</param>
    public static int Of(DwarfForm form, int addressSize, int offsetSize, int version) => form switch
    {
        DwarfForm.FlagPresent or DwarfForm.ImplicitConst => 0,
        DwarfForm.Data1 or DwarfForm.Ref1 or DwarfForm.Flag or DwarfForm.Strx1 or DwarfForm.Addrx1 => 1,
        DwarfForm.Data2 or DwarfForm.Ref2 or DwarfForm.Strx2 or DwarfForm.Addrx2 => 2,
        DwarfForm.Strx3 or DwarfForm.Addrx3 => 3,
        DwarfForm.Data4 or DwarfForm.Ref4 or DwarfForm.RefSup4 or DwarfForm.Strx4 or DwarfForm.Addrx4 => 4,
        DwarfForm.Data8 or DwarfForm.Ref8 or DwarfForm.RefSig8 or DwarfForm.RefSup8 => 8,
        DwarfForm.Data16 => 16,
        DwarfForm.Addr => addressSize,
        // DWARF 2 had references between units of an address's size.
        DwarfForm.RefAddr => version <= 2 ? addressSize : offsetSize,
        DwarfForm.Strp or DwarfForm.LineStrp or DwarfForm.SecOffset or DwarfForm.StrpSup or DwarfForm.GnuStrpAlt
            or DwarfForm.GnuRefAlt => offsetSize,
        _ => -1,
    };
}

namespace Panicle.Symbols.Dwarf;

/// <summary>
/// An attribute's data as it lies in the unit. What it means is worked out when it is asked for: text, addresses and references
/// may lie in other sections or files.
/// </summary>
/// <param name="Unit">The unit that it is in; null for an attribute that isn't there.</param>
/// <param name="Form">How it is stored; <see cref="DwarfForm.Indirect"/> has been followed.</param>
/// <param name="Raw">The number; for a block or an inline string its offset in the unit's section.</param>
/// <param name="Length">For a block or an inline string: its length in bytes.</param>
internal readonly record struct AttributeValue(DwarfUnit Unit, DwarfForm Form, ulong Raw, int Length = 0)
{
    /// <summary>Whether there is such an attribute.</summary>
    public bool Exists => Unit is not null;

    /// <summary>Whether it is a flag that is set.</summary>
    public bool IsSet => Exists && Raw != 0;

    /// <summary>Whether it is a block of bytes: an expression, or a constant of unusual size.</summary>
    public bool IsBlock =>
        Form is DwarfForm.Exprloc or DwarfForm.Block or DwarfForm.Block1 or DwarfForm.Block2 or DwarfForm.Block4
        or DwarfForm.Data16;

    /// <summary>Whether it is a number that stands for itself.</summary>
    public bool IsConstant => Form is DwarfForm.Data1 or DwarfForm.Data2 or DwarfForm.Data4 or DwarfForm.Data8 or DwarfForm.Sdata
        or DwarfForm.Udata or DwarfForm.ImplicitConst;

    /// <summary>Whether it is an address, stored here or in <c>.debug_addr</c>.</summary>
    public bool IsAddress => Form is DwarfForm.Addr or DwarfForm.Addrx or DwarfForm.Addrx1 or DwarfForm.Addrx2 or DwarfForm.Addrx3
        or DwarfForm.Addrx4 or DwarfForm.GnuAddrIndex;

    /// <summary>
    /// The number as a signed one: DW_FORM_data1, 2 and 4 are extended by their top bit. Whether they are signed at all, only the
    /// type of what they describe says.
    /// </summary>
    public long Signed => Form switch
    {
        DwarfForm.Data1 => (sbyte)Raw,
        DwarfForm.Data2 => (short)Raw,
        DwarfForm.Data4 => (int)Raw,
        _ => (long)Raw,
    };

    /// <summary>The bytes of a block.</summary>
    public ReadOnlySpan<byte> Block => IsBlock ? Unit.Section.Data.Slice((int)Raw, Length) : default;

    /// <summary>The text of a string, wherever it is kept; empty for what isn't a string.</summary>
    /// <exception cref="DwarfException">It points outside its section.</exception>
    public ReadOnlySpan<byte> Text => Exists ? Unit.TextOf(this) : default;

    /// <summary>The address; one that is given as an index is looked up in <c>.debug_addr</c>.</summary>
    /// <exception cref="DwarfException">It isn't one, or points outside <c>.debug_addr</c>.</exception>
    public ulong Address => Unit.AddressOf(this);

    /// <summary>The entry that it refers to, in this unit, another one, a type unit or the supplementary file.</summary>
    /// <exception cref="DwarfException">It isn't a reference, or refers to nothing.</exception>
    public DieReference Reference => Unit.ReferenceOf(this);
}

/// <param name="Unit">The unit that it is in.</param>
/// <param name="Offset">Its offset in the unit's section.</param>
internal readonly record struct DieReference(DwarfUnit Unit, int Offset)
{
    /// <summary>A cursor that stands on the entry.</summary>
    /// <exception cref="DwarfException">There is no entry.</exception>
    public DieCursor Open()
    {
        var cursor = new DieCursor(Unit, Offset);
        if (!cursor.Read())
            throw new DwarfException(Unit.Section.Name, Offset, "a reference to an entry that isn't there");
        return cursor;
    }
}

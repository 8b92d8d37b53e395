namespace Panicle.Symbols.Dwarf;

/// <summary>What the first entry of a unit says of the whole unit (DWARF 5, 3.1.1).</summary>
internal sealed class UnitRoot
{
    private readonly AttributeValue _name;
    private readonly AttributeValue _directory;
    private readonly AttributeValue _lowPc;
    private readonly AttributeValue _highPc;
    private readonly AttributeValue _ranges;
    private readonly AttributeValue _dwoName;

    private UnitRoot(DwarfUnit unit)
    {
        var die = unit.Open();
        if (!die.Read())
            throw new DwarfException(unit.Section.Name, unit.Offset, "a unit without entries");
        Tag = die.Tag;
        // Units before DWARF 5 have no headers in these tables; DWARF 5's default is the place after the first header.
        StrOffsetsBase = unit.Version < 5 ? 0u : unit.OffsetSize == 8 ? 16u : 8u;
        AddrBase = unit.Version < 5 ? 0u : unit.OffsetSize == 8 ? 16u : 8u;
        RngListsBase = LocListsBase = unit.OffsetSize == 8 ? 20u : 12u;
        StrOffsetsBase += unit.Parts.StrOffsets;
        RngListsBase += unit.Parts.RngLists;
        LocListsBase += unit.Parts.Loc;
        foreach (var (attribute, value) in die.Attributes)
            switch (attribute)
            {
                case DwarfAttribute.Name:
                    _name = value;
                    break;
                case DwarfAttribute.CompDir:
                    _directory = value;
                    break;
                case DwarfAttribute.LowPc:
                    _lowPc = value;
                    break;
                case DwarfAttribute.HighPc:
                    _highPc = value;
                    break;
                case DwarfAttribute.Ranges:
                    _ranges = value;
                    break;
                case DwarfAttribute.StmtList:
                    LineTable = value.Raw;
                    break;
                case DwarfAttribute.Language:
                    Language = (int)Math.Min(value.Raw, int.MaxValue);
                    break;
                case DwarfAttribute.StrOffsetsBase:
                    StrOffsetsBase = value.Raw;
                    break;
                case DwarfAttribute.AddrBase or DwarfAttribute.GnuAddrBase:
                    AddrBase = value.Raw;
                    break;
                case DwarfAttribute.DwoName or DwarfAttribute.GnuDwoName:
                    _dwoName = value;
                    break;
                case DwarfAttribute.GnuDwoId:
                    DwoId = value.Raw;
                    break;
                case DwarfAttribute.RnglistsBase:
                    RngListsBase = value.Raw;
                    break;
                case DwarfAttribute.GnuRangesBase:
                    RangesBase = value.Raw;
                    break;
                case DwarfAttribute.LoclistsBase:
                    LocListsBase = value.Raw;
                    break;
            }
    }

    /// <summary>The entry's tag: a compile unit, partial unit, type unit or skeleton.</summary>
    public DwarfTag Tag { get; }

    /// <summary>DW_LANG_ number: 0x0c C99, 0x1d C11, 0x1c Rust, 0x8001 assembler; 0 if it isn't said.</summary>
    public int Language { get; }

    /// <summary>Offset of the unit's lines in <c>.debug_line</c>, or null.</summary>
    public ulong? LineTable { get; }

    /// <summary>Where the unit's part of <c>.debug_str_offsets</c> begins.</summary>
    public ulong StrOffsetsBase { get; }

    /// <summary>Where the unit's part of <c>.debug_addr</c> begins.</summary>
    public ulong AddrBase { get; }

    /// <summary>Where the unit's table of offsets in <c>.debug_rnglists</c> begins.</summary>
    public ulong RngListsBase { get; }

    /// <summary>Where the unit's table of offsets in <c>.debug_loclists</c> begins.</summary>
    public ulong LocListsBase { get; }

    /// <summary>For split units of GNU's kind before DWARF 5: where the unit's part of <c>.debug_ranges</c> begins.</summary>
    public ulong RangesBase { get; }

    /// <summary>Whether the unit only names the file that has its functions and types.</summary>
    public bool IsSkeleton => _dwoName.Exists;

    /// <summary>The name of that file as the compiler wrote it; empty if it is another kind of unit.</summary>
    public ReadOnlySpan<byte> DwoName => _dwoName.Text;

    /// <summary>
    /// Before DWARF 5: what the unit and the one in the other file both have, to know each other by; null if it isn't said.
    /// </summary>
    public ulong? DwoId { get; }

    /// <summary>The source file's name as it was given to the compiler.</summary>
    public ReadOnlySpan<byte> Name => _name.Text;

    /// <summary>The directory in which the compiler ran.</summary>
    public ReadOnlySpan<byte> Directory => _directory.Text;

    /// <summary>The address to which those of lists are relative: the unit's first, or 0.</summary>
    public ulong BaseAddress => _lowPc.Exists ? _lowPc.Address : 0;

    /// <summary>Appends the addresses that the unit's code covers, as it says itself.</summary>
    /// <exception cref="DwarfException">They are damaged.</exception>
    public void AddRanges(DwarfUnit unit, List<CodeRange> ranges) => RangeLists.Add(unit, _lowPc, _highPc, _ranges, ranges);

    /// <summary>Reads the first entry of a unit.</summary>
    /// <exception cref="DwarfException">It is damaged.</exception>
    public static UnitRoot Read(DwarfUnit unit) => new(unit);
}

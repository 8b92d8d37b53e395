using System.Buffers.Binary;

namespace Panicle.Symbols.Dwarf;

/// <summary>
/// What a unit is for: DW_UT_… (DWARF 5, 7.5.1). Earlier versions say it by the section and the first entry's tag.
/// </summary>
internal enum DwarfUnitKind : byte
{
    None = 0,
    Compile = 1,
    Type = 2,
    Partial = 3,
    Skeleton = 4,
    SplitCompile = 5,
    SplitType = 6,
}

/// <summary>
/// A unit of debug information: a source file with all that it includes, or a type that files share (DWARF 5, 7.5.1). Its header
/// is read with the list of units; the rest when it is asked for. Thread-safe.
/// </summary>
internal sealed class DwarfUnit
{
    private AbbreviationTable? _abbreviations;
    private UnitRoot? _root;
    private DwarfUnit? _full;

    internal DwarfUnit(DwarfFile file, DwarfSection section, int index, int offset)
    {
        File = file;
        Section = section;
        Index = index;
        Offset = offset;
    }

    /// <summary>The file that it is in.</summary>
    public DwarfFile File { get; }

    /// <summary>The section that it is in: <c>.debug_info</c> or <c>.debug_types</c>.</summary>
    public DwarfSection Section { get; }

    /// <summary>Its place in <see cref="DwarfFile.Units"/>.</summary>
    public int Index { get; }

    /// <summary>Where its header begins in the section.</summary>
    public int Offset { get; }

    /// <summary>Where it ends in the section.</summary>
    public int End { get; internal init; }

    /// <summary>Where its first entry is in the section.</summary>
    public int FirstDie { get; internal init; }

    /// <summary>DWARF version, 2 to 5.</summary>
    public int Version { get; internal init; }

    /// <summary>Bytes of a section offset: 4, or 8 in 64-bit DWARF.</summary>
    public int OffsetSize { get; internal init; }

    /// <summary>Bytes of an address.</summary>
    public int AddressSize { get; internal init; }

    /// <summary>What it is for.</summary>
    public DwarfUnitKind Kind { get; internal init; }

    /// <summary>
    /// For a type unit: the signature by which others refer to the type. For a split one: the number of its other half.
    /// </summary>
    public ulong Signature { get; internal init; }

    /// <summary>For a type unit: the offset of the type's entry in the section.</summary>
    public int TypeOffset { get; internal init; }

    /// <summary>Why the unit can't be read, or null; everything else then throws this.</summary>
    public DwarfException? Problem { get; internal init; }

    /// <summary>Where its abbreviations begin in <c>.debug_abbrev</c>.</summary>
    internal ulong AbbreviationOffset { get; init; }

    /// <exception cref="DwarfException">They are damaged.</exception>
    public AbbreviationTable Abbreviations => _abbreviations ??= Problem is null ? File.AbbreviationsOf(this) : throw Problem;

    /// <summary>Reads its abbreviations for a single pass over the unit: they aren't kept.</summary>
    /// <exception cref="DwarfException">They are damaged.</exception>
    public AbbreviationTable ReadAbbreviations() => _abbreviations
        ?? (Problem is null
            ? AbbreviationTable.Read(File.Abbrev, AbbreviationOffset, AddressSize, OffsetSize, Version)
            : throw Problem);

    /// <summary>What its first entry says of it.</summary>
    /// <exception cref="DwarfException">It is damaged.</exception>
    public UnitRoot Root => _root ??= UnitRoot.Read(this);

    /// <summary>For a split unit: the one that names it, in the file with the code. Its addresses are there.</summary>
    public DwarfUnit? Skeleton { get; private init; }

    /// <summary>Where its parts begin in a package's sections.</summary>
    internal Contribution Parts { get; init; }

    /// <summary>The unit with the functions and types: itself, or the one in another file that it only names.</summary>
    /// <exception cref="DwarfException">That isn't found, or damaged.</exception>
    public DwarfUnit Full => _full ??= IsSkeleton ? File.Split.Of(this) : this;

    private bool IsSkeleton => MayBeSkeleton && Root.IsSkeleton;

    /// <summary>
    /// Whether it may only name the file that has its functions and types: whether that is so, isn't known of a damaged one.
    /// </summary>
    public bool MayBeElsewhere => MayBeSkeleton && (TryFull() is null || IsSkeleton);

    /// <summary>The unit with the functions and types, or null if that can't be had.</summary>
    public DwarfUnit? TryFull()
    {
        try
        {
            return Full;
        }
        catch (DwarfException)
        {
            return null;
        }
    }

    // Before DWARF 5 only the first entry says so; there is no need to look at it in a file without a table of addresses.
    private bool MayBeSkeleton => Problem is null && Skeleton is null
        && (Kind == DwarfUnitKind.Skeleton || (Version < 5 && Kind == DwarfUnitKind.Compile && File.Addr.Exists));

    /// <summary>The address to which those of lists are relative: the unit's first, or 0.</summary>
    public ulong BaseAddress => (Skeleton ?? this).Root.BaseAddress;

    /// <summary>This unit as the one that a skeleton stands for.</summary>
    public DwarfUnit SplitFrom(DwarfUnit skeleton) => new(File, Section, skeleton.Index, Offset)
    {
        End = End,
        FirstDie = FirstDie,
        Version = Version,
        OffsetSize = OffsetSize,
        AddressSize = AddressSize,
        Kind = Kind,
        Signature = Signature,
        TypeOffset = TypeOffset,
        AbbreviationOffset = AbbreviationOffset,
        Parts = Parts,
        Skeleton = skeleton,
    };

    /// <summary>A cursor before the unit's first entry.</summary>
    public DieCursor Open() => new(this, FirstDie);

    internal ReadOnlySpan<byte> TextOf(scoped in AttributeValue value)
    {
        switch (value.Form)
        {
            case DwarfForm.String:
                return Section.Data.Slice((int)value.Raw, value.Length);
            case DwarfForm.Strp:
                return File.Str.TextAt(value.Raw);
            case DwarfForm.LineStrp:
                return File.LineStr.TextAt(value.Raw);
            case DwarfForm.Strx or DwarfForm.Strx1 or DwarfForm.Strx2 or DwarfForm.Strx3 or DwarfForm.Strx4
                or DwarfForm.GnuStrIndex:
                return File.Str.TextAt(Entry(File.StrOffsets, Root.StrOffsetsBase, value.Raw, OffsetSize));
            case DwarfForm.StrpSup or DwarfForm.GnuStrpAlt:
                return File.RequireSupplementary(Section, Offset).Str.TextAt(value.Raw);
            default:
                return default;
        }
    }

    internal ulong AddressOf(in AttributeValue value) => value.Form switch
    {
        DwarfForm.Addr => value.Raw,
        DwarfForm.Addrx or DwarfForm.Addrx1 or DwarfForm.Addrx2 or DwarfForm.Addrx3 or DwarfForm.Addrx4
            or DwarfForm.GnuAddrIndex => IndexedAddress(value.Raw),
        _ => throw new DwarfException(Section.Name, Offset, $"the form {value.Form} in place of an address"),
    };

    /// <summary>An address of the unit's table in <c>.debug_addr</c>.</summary>
    internal ulong IndexedAddress(ulong index) => Skeleton is { } skeleton
        ? skeleton.IndexedAddress(index)
        : Entry(File.Addr, Root.AddrBase, index, AddressSize);

    internal DieReference ReferenceOf(in AttributeValue value)
    {
        switch (value.Form)
        {
            case DwarfForm.Ref1 or DwarfForm.Ref2 or DwarfForm.Ref4 or DwarfForm.Ref8 or DwarfForm.RefUdata:
                if (value.Raw >= (ulong)(End - Offset))
                    throw new DwarfException(Section.Name, Offset, $"a reference to 0x{value.Raw:x}, beyond the unit's end");
                return new(this, Offset + (int)value.Raw);
            case DwarfForm.RefAddr:
                return File.EntryAt(value.Raw);
            case DwarfForm.RefSig8:
                return File.TypeBySignature(value.Raw)
                    ?? throw new DwarfException(
                        Section.Name, Offset, $"a reference to the type {value.Raw:x16}, which the file hasn't got");
            case DwarfForm.GnuRefAlt or DwarfForm.RefSup4 or DwarfForm.RefSup8:
                return File.RequireSupplementary(Section, Offset).EntryAt(value.Raw);
            default:
                throw new DwarfException(Section.Name, Offset, $"the form {value.Form} in place of a reference");
        }
    }

    /// <summary>A number of 4 or 8 bytes in a table that begins at a base.</summary>
    internal static ulong Entry(DwarfSection section, ulong start, ulong index, int size)
    {
        var data = section.Data;
        var at = start + index * (ulong)size;
        if (start > int.MaxValue || index > int.MaxValue || at + (ulong)size > (ulong)data.Length)
            throw new DwarfException(section.Name, (long)at, $"the entry {index} is beyond the end at 0x{data.Length:x}");
        var place = data[(int)at..];
        return size == 8 ? BinaryPrimitives.ReadUInt64LittleEndian(place) : BinaryPrimitives.ReadUInt32LittleEndian(place);
    }
}

using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Panicle.Symbols.Dwarf;

/// <summary>
/// Where in an entry of an abbreviation the few attributes are that the scan for names looks at. Nearly all entries of types have a fixed layout, so that
/// each costs some reads at known distances.
/// </summary>
internal readonly struct ScanPlan
{
    private readonly Field _name;
    private readonly Field _size;
    private readonly Field _line;
    private readonly Field _sibling;

    /// <summary>Makes the plan for an abbreviation.</summary>
    public ScanPlan(AbbreviationTable table, in Abbreviation abbreviation, DwarfUnit unit, NameKind kind)
    {
        IsMade = true;
        var specs = table.AttributesOf(abbreviation);
        Kind = kind;
        Size = abbreviation.FixedSize;
        HasChildren = abbreviation.HasChildren;
        IsSimple = Size >= 0;
        foreach (ref readonly var spec in specs)
            HasName |= spec.Name == DwarfAttribute.Name;
        var at = 0;
        foreach (ref readonly var spec in specs)
        {
            var size = FormSize.Of(spec.Form, unit.AddressSize, unit.OffsetSize, unit.Version);
            if (size < 0)
                break;
            var field = new Field(at, size, spec);
            switch (spec.Name)
            {
                case DwarfAttribute.Name:
                    HasDirectName = spec.Form == DwarfForm.Strp;
                    _name = field;
                    break;
                case DwarfAttribute.ByteSize:
                    IsSimple &= IsNumber(spec.Form);
                    _size = field;
                    break;
                case DwarfAttribute.DeclLine:
                    IsSimple &= IsNumber(spec.Form);
                    _line = field;
                    break;
                case DwarfAttribute.Sibling:
                    IsSimple &= spec.Form == DwarfForm.Ref4;
                    _sibling = field;
                    break;
                case DwarfAttribute.Declaration when spec.Form == DwarfForm.FlagPresent && kind != NameKind.Variable:
                    Kind = NameKind.None;
                    break;
                case DwarfAttribute.Declaration:
                    IsSimple = false;
                    break;
            }
            at += size;
        }
        IsSimple &= Kind != NameKind.Variable && HasName == HasDirectName && (!HasChildren || _sibling.Size > 0);
    }

    /// <summary>Whether there is a plan.</summary>
    public bool IsMade { get; }

    /// <summary>What the entries are; <see cref="NameKind.None"/> for those that the scan passes over.</summary>
    public NameKind Kind { get; }

    /// <summary>Whether the entries have something for the index: a name, or an enum's constants.</summary>
    public bool IsWanted => Kind == NameKind.Enum || (Kind != NameKind.None && HasDirectName);

    /// <summary>The size of the attributes in bytes.</summary>
    public int Size { get; }

    /// <summary>Whether children follow.</summary>
    public bool HasChildren { get; }

    /// <summary>Whether all that the scan needs is at known places; else the entry is read attribute by attribute.</summary>
    public bool IsSimple { get; }

    /// <summary>Whether the entries have names.</summary>
    public bool HasName { get; }

    /// <summary>Whether the name is a reference into <c>.debug_str</c> at a known place.</summary>
    public bool HasDirectName { get; }

    /// <summary>The name's offset in <c>.debug_str</c>.</summary>
    public ulong NameOf(ReadOnlySpan<byte> attributes, DwarfUnit unit) => _name.Read(attributes, unit);

    /// <summary>DW_AT_byte_size, or 0.</summary>
    public ulong SizeOf(ReadOnlySpan<byte> attributes, DwarfUnit unit) => _size.Read(attributes, unit);

    /// <summary>DW_AT_decl_line, or 0.</summary>
    public ulong LineOf(ReadOnlySpan<byte> attributes, DwarfUnit unit) => _line.Read(attributes, unit);

    /// <summary>The next sibling's distance from the unit's beginning.</summary>
    public ulong SiblingOf(ReadOnlySpan<byte> attributes, DwarfUnit unit) => _sibling.Read(attributes, unit);

    private static bool IsNumber(DwarfForm form) =>
        form is DwarfForm.Data1 or DwarfForm.Data2 or DwarfForm.Data4 or DwarfForm.Data8 or DwarfForm.ImplicitConst;

    /// <summary>An attribute's place; Size is its bytes plus one, so that one that isn't there has 0.</summary>
    private readonly struct Field(int offset, int size, AttributeSpec spec)
    {
        private readonly int _offset = offset;
        private readonly AttributeSpec _spec = spec;

        public int Size { get; } = size + 1;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public ulong Read(ReadOnlySpan<byte> attributes, DwarfUnit unit) => Size switch
        {
            0 => 0,
            2 => attributes[_offset],
            3 => BinaryPrimitives.ReadUInt16LittleEndian(attributes[_offset..]),
            5 => BinaryPrimitives.ReadUInt32LittleEndian(attributes[_offset..]),
            9 => BinaryPrimitives.ReadUInt64LittleEndian(attributes[_offset..]),
            1 when _spec.Form == DwarfForm.ImplicitConst => (ulong)new ByteCursor(unit.File.Abbrev, _spec.ConstantAt).ReadSleb(),
            _ => 0,
        };
    }
}

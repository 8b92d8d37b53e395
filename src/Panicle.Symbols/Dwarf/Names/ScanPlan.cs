using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Panicle.Symbols.Dwarf;

/// <summary>
/// What makes the data of an abbreviation's entries differ in size: at most one attribute, or the plan doesn't cover them.
/// </summary>
internal enum ScanVariable : byte
{
    None,
    /// <summary>A block with a length of one byte.</summary>
    Block,
    /// <summary>A string in the entry itself.</summary>
    Text,
    Leb,
}

/// <summary>
/// Where in an entry of an abbreviation the few attributes are that the scan for names looks at. Nearly all entries outside of
/// functions have a layout that is known but for one attribute's length, so that each costs some reads at known distances.
/// </summary>
internal struct ScanPlan
{
    /// <summary>
    /// Stands for every size from here on, and for one that isn't known: such entries are read attribute by attribute.
    /// </summary>
    public const int UnknownSize = 4096;

    /// <summary>What an entry describes.</summary>
    public DwarfTag Tag;

    /// <summary>What the entries are; <see cref="NameKind.None"/> for those that the scan passes over.</summary>
    public NameKind Kind;

    public bool HasChildren;

    /// <summary>Whether all that the scan needs is at known places; else the entry is read attribute by attribute.</summary>
    public bool IsSimple;

    /// <summary>Whether the entries have names.</summary>
    public bool HasName;

    /// <summary>
    /// Whether the name can be read at a known place: a reference into <c>.debug_str</c>, or the variable attribute as text.
    /// </summary>
    public bool HasKnownName;

    /// <summary>Whether the variable attribute is a block that says where the object lies.</summary>
    public bool HasLocation;

    /// <summary>The attribute of variable size.</summary>
    public ScanVariable Variable;

    public int VariableAt;

    /// <summary>The size of all other attributes in bytes, at most <see cref="UnknownSize"/>.</summary>
    public int Size;

    /// <summary>Whether the size is that of all attributes but the variable one.</summary>
    public readonly bool HasKnownSize => Size < UnknownSize;

    /// <summary>The name's offset in <c>.debug_str</c>.</summary>
    public ScanField Name;

    public ScanField ByteSize;

    public ScanField Line;

    /// <summary>The next sibling's distance from the unit's beginning.</summary>
    public ScanField Sibling;

    /// <summary>The distance of the entry that declares this one from the unit's beginning.</summary>
    public ScanField Specification;

    public ScanField Language;

    /// <summary>The most that lies between an entry's attributes and the last byte that reading a field touches.</summary>
    public readonly int Reach => Size + sizeof(ulong);

    /// <summary>The bytes that the variable attribute takes, its length included; −1 if that isn't easily told.</summary>
    /// <param name="data">The section up to the unit's end.</param>
    /// <param name="at">Where the entry's attributes begin.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int VariableSize(ReadOnlySpan<byte> data, int at)
    {
        if (Variable == ScanVariable.None)
            return 0;
        at += VariableAt;
        if ((uint)at >= (uint)data.Length)
            return -1;
        if (Variable == ScanVariable.Text)
            return data[at..].IndexOf((byte)0) + 1 is var size and > 0 ? size : -1;
        if (data[at] >= 0x80)
            return -1;
        return Variable == ScanVariable.Leb ? 1 : 1 + data[at];
    }
}

/// <summary>
/// An attribute's place: a number of up to eight bytes at a distance from the attributes' begin,
/// or one that the abbreviation has itself.
/// </summary>
internal readonly struct ScanField
{
    private readonly int _offset;
    private readonly int _afterVariable;
    private readonly ulong _mask;
    private readonly ulong _constant;

    /// <summary>A number of some bytes.</summary>
    public ScanField(int offset, bool isAfterVariable, int bytes)
    {
        _offset = offset;
        _afterVariable = isAfterVariable ? -1 : 0;
        _mask = bytes >= sizeof(ulong) ? ulong.MaxValue : (1UL << bytes * 8) - 1;
        Exists = true;
    }

    /// <summary>A number that is the same for all entries.</summary>
    public ScanField(ulong constant)
    {
        _constant = constant;
        Exists = true;
    }

    /// <summary>Whether the entries have the attribute.</summary>
    public bool Exists { get; }

    /// <summary>
    /// The number; 0 if the entries don't have the attribute.
    /// The caller has seen that <see cref="ScanPlan.Reach"/> lies in the section.
    /// </summary>
    /// <param name="data">The section.</param>
    /// <param name="at">Where the entry's attributes begin.</param>
    /// <param name="variable">What <see cref="ScanPlan.VariableSize"/> is.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Read(ReadOnlySpan<byte> data, int at, int variable) =>
        (Unsafe.ReadUnaligned<ulong>(
            ref Unsafe.Add(ref MemoryMarshal.GetReference(data), at + _offset + (variable & _afterVariable))) & _mask)
        + _constant;
}

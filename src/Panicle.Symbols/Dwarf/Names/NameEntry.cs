using System.Runtime.InteropServices;

namespace Panicle.Symbols.Dwarf;

/// <summary>What a name of the index names.</summary>
internal enum NameKind : byte
{
    None,
    Struct,
    Union,
    Enum,
    Typedef,
    BaseType,
    Variable,
    Function,
    /// <summary>An enum's constant; the entry is the enum's.</summary>
    Enumerator,
    /// <summary>A variable that is declared: the linker or assembler may define it.</summary>
    DeclaredVariable,
}

/// <summary>Which section a named entry is in.</summary>
internal enum NamePlace : byte
{
    Info,
    Types,
    /// <summary><c>.debug_info</c> of the supplementary file (dwz).</summary>
    Supplementary,
    /// <summary><c>.debug_info.dwo</c> of the file that one of the file's units stands for.</summary>
    Split,
    SplitTypes,
}

/// <summary>
/// A name and the entry that it stands for. The name itself is kept as a hash; the entry has it.
/// Sixteen bytes, as they are in the user's cache.
/// </summary>
/// <param name="Hash">The hash of the name's bytes.</param>
/// <param name="Offset">The entry's offset in its section.</param>
/// <param name="Count">How many source files have this very definition.</param>
/// <param name="Kind">What the entry describes.</param>
/// <param name="Place">The section.</param>
/// <param name="Unit">
/// For <see cref="NamePlace.Split"/> and <see cref="NamePlace.SplitTypes"/>: the unit that names the file, by its place in
/// <see cref="DwarfFile.Units"/>; else 0.
/// </param>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal readonly record struct NameEntry(uint Hash, uint Offset, uint Count, NameKind Kind, NamePlace Place, ushort Unit)
    : IComparable<NameEntry>
{
    public const int Bytes = 16;

    /// <summary>
    /// By hash; of one name the definition that most files have comes first, and of equal ones the first in the file.
    /// </summary>
    public int CompareTo(NameEntry other)
    {
        var order = Hash.CompareTo(other.Hash);
        if (order == 0)
            order = other.Count.CompareTo(Count);
        if (order == 0)
            order = Place.CompareTo(other.Place);
        if (order == 0)
            order = Unit.CompareTo(other.Unit);
        return order != 0 ? order : Offset.CompareTo(other.Offset);
    }

    /// <summary>FNV-1a over the name's bytes.</summary>
    public static uint HashOf(ReadOnlySpan<byte> name)
    {
        var hash = 2166136261u;
        foreach (var b in name)
            hash = (hash ^ b) * 16777619u;
        return hash;
    }
}

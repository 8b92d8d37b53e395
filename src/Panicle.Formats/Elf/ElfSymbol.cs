using System.Buffers.Binary;

namespace Panicle.Formats.Elf;

/// <summary>An entry of a symbol table, <c>Elf64_Sym</c> (<c>include/uapi/linux/elf.h</c>).</summary>
/// <param name="Name">Offset of the name in the string table.</param>
/// <param name="Info">
/// Type in the low four bits, binding in the high four; a module's kallsyms before 5.2 keep nm's letter here.
/// </param>
/// <param name="Section">Index of its section, or a reserved number.</param>
/// <param name="Value">Its address.</param>
/// <param name="Size">Its size in bytes, 0 if unknown.</param>
public readonly record struct ElfSymbol(uint Name, byte Info, ushort Section, ulong Value, ulong Size)
{
    /// <summary>The size in bytes of one in a file.</summary>
    public const int Bytes = 24;

    /// <summary>SHN_UNDEF: a symbol that another file defines.</summary>
    public const ushort Undefined = 0;

    /// <summary>SHN_ABS: a number, not a place in a section.</summary>
    public const ushort Absolute = 0xfff1;

    /// <summary>SHN_COMMON: a variable without a place as yet.</summary>
    public const ushort Common = 0xfff2;

    /// <summary>STT_OBJECT: a variable, an array or other data.</summary>
    public const int TypeObject = 1;

    /// <summary>STT_FUNC: code that can be called.</summary>
    public const int TypeFunction = 2;

    /// <summary>STT_SECTION: stands for a whole section, for relocations.</summary>
    public const int TypeSection = 3;

    /// <summary>STT_FILE: the name of the source file that the local symbols after it are from.</summary>
    public const int TypeFile = 4;

    /// <summary>STB_LOCAL: known in its object file alone.</summary>
    public const int BindLocal = 0;

    /// <summary>STB_WEAK: gives way to another definition of the name.</summary>
    public const int BindWeak = 2;

    /// <summary>What it names: STT_ number, such as <see cref="TypeFunction"/>.</summary>
    public int Type => Info & 15;

    /// <summary>Who sees it: STB_ number, such as <see cref="BindLocal"/>.</summary>
    public int Binding => Info >> 4;

    /// <summary>Reads one from its <see cref="Bytes"/> bytes, little-endian.</summary>
    public static ElfSymbol Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        bytes[4],
        BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]));

    /// <summary>The NUL-terminated text at an offset; empty if the offset lies outside.</summary>
    public static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> strings, uint offset)
    {
        if (offset >= strings.Length)
            return [];
        var rest = strings[(int)offset..];
        var end = rest.IndexOf((byte)0);
        return end < 0 ? rest : rest[..end];
    }

    /// <summary>
    /// Whether the name marks a place for tools instead of naming it: local labels, and ARM's and RISC-V's marks of code and data
    /// (<c>is_mapping_symbol</c> in <c>include/linux/module_symbol.h</c>).
    /// </summary>
    public static bool IsMapping(ReadOnlySpan<byte> name)
    {
        if (name.StartsWith(".L"u8) || name.StartsWith("L0"u8))
            return true;
        return name.Length >= 2 && name[0] == '$' && "adtx"u8.Contains(name[1]) && (name.Length == 2 || name[2] == '.');
    }
}

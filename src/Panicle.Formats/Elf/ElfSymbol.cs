using System.Buffers.Binary;

namespace Panicle.Formats.Elf;

/// <summary>One <c>Elf64_Sym</c> (<c>include/uapi/linux/elf.h</c>).</summary>
/// <param name="Name">Offset of the name in the string table.</param>
/// <param name="Info">Type in the low four bits, binding in the high four; a module's kallsyms before 5.2 keep nm's letter here.</param>
/// <param name="Section">Index of its section, or a reserved number.</param>
/// <param name="Value">Its address.</param>
/// <param name="Size">Its size in bytes, 0 if unknown.</param>
public readonly record struct ElfSymbol(uint Name, byte Info, ushort Section, ulong Value, ulong Size)
{
    public const int Bytes = 24;

    public const ushort Undefined = 0;
    public const ushort Absolute = 0xfff1;
    public const ushort Common = 0xfff2;

    public const int TypeObject = 1;
    public const int TypeFunction = 2;
    public const int TypeSection = 3;
    public const int TypeFile = 4;

    public const int BindLocal = 0;
    public const int BindWeak = 2;

    public int Type => Info & 15;

    public int Binding => Info >> 4;

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

using System.Buffers.Binary;

namespace Panicle.Formats.Elf;

/// <summary>A segment of an ELF file (<c>Elf64_Phdr</c>, include/uapi/linux/elf.h), little-endian.</summary>
/// <param name="Type">PT_ number: <see cref="Load"/>, <see cref="Note"/>.</param>
/// <param name="Flags">PF_ bits: 1 code, 2 writable, 4 readable.</param>
/// <param name="Offset">Where its bytes lie in the file.</param>
/// <param name="Virtual">Its virtual address; 0 in QEMU's dumps.</param>
/// <param name="Physical">Its physical address.</param>
/// <param name="FileSize">How many bytes of it are in the file.</param>
/// <param name="MemorySize">How many bytes of memory it stands for.</param>
public readonly record struct ElfProgramHeader(
    uint Type, uint Flags, long Offset, ulong Virtual, ulong Physical, ulong FileSize, ulong MemorySize)
{
    /// <summary>Its size in bytes.</summary>
    public const int Bytes = 56;

    /// <summary>PT_LOAD: a piece of memory, all or the first part of which is in the file.</summary>
    public const uint Load = 1;

    /// <summary>PT_DYNAMIC: what a program's interpreter has to do: tags and values, with the libraries that it needs.</summary>
    public const uint Dynamic = 2;

    /// <summary>PT_INTERP: the path of the program's interpreter.</summary>
    public const uint Interpreter = 3;

    /// <summary>PT_NOTE: notes; see <see cref="ElfNotes"/>.</summary>
    public const uint Note = 4;

    /// <summary>Flags of memory that may be read, written and executed.</summary>
    public const uint AllAccess = 7;

    /// <summary>Reads one from its <see cref="Bytes"/> bytes.</summary>
    public static ElfProgramHeader Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]),
        BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[40..]));

    /// <summary>Writes it; the alignment is left 0.</summary>
    public void Write(Span<byte> output)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(output, Type);
        BinaryPrimitives.WriteUInt32LittleEndian(output[4..], Flags);
        BinaryPrimitives.WriteInt64LittleEndian(output[8..], Offset);
        BinaryPrimitives.WriteUInt64LittleEndian(output[16..], Virtual);
        BinaryPrimitives.WriteUInt64LittleEndian(output[24..], Physical);
        BinaryPrimitives.WriteUInt64LittleEndian(output[32..], FileSize);
        BinaryPrimitives.WriteUInt64LittleEndian(output[40..], MemorySize);
        BinaryPrimitives.WriteUInt64LittleEndian(output[48..], 0);
    }
}

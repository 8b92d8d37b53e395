using System.Buffers.Binary;

namespace Panicle.Formats.Elf;

/// <summary>
/// The header of an ELF file (<c>Elf64_Ehdr</c>, include/uapi/linux/elf.h) of a 64-bit little-endian machine. Of others only what
/// says what they are is read.
/// </summary>
public readonly record struct ElfHeader
{
    /// <summary>Its size in bytes.</summary>
    public const int Bytes = 64;

    /// <summary>ET_REL: an object file, such as a module's <c>.ko</c>.</summary>
    public const ushort Relocatable = 1;

    /// <summary>ET_EXEC: a program at a fixed address, such as vmlinux.</summary>
    public const ushort Executable = 2;

    /// <summary>ET_DYN: a program that can be loaded anywhere; a vmlinux on some architectures.</summary>
    public const ushort SharedObject = 3;

    /// <summary>ET_CORE: a memory dump.</summary>
    public const ushort Core = 4;

    /// <summary>PN_XNUM and SHN_XINDEX: the number doesn't fit here and stands in the first section header.</summary>
    public const ushort Elsewhere = 0xffff;

    /// <summary>Whether addresses have 64 bits (ELFCLASS64).</summary>
    public bool Is64Bit { get; init; }

    /// <summary>Whether numbers are stored most significant byte first (ELFDATA2MSB).</summary>
    public bool IsBigEndian { get; init; }

    /// <summary>What kind of file it is: <see cref="Relocatable"/>, <see cref="Core"/>…</summary>
    public ushort Type { get; init; }

    /// <summary>The machine; see <see cref="ElfMachine"/>.</summary>
    public ushort Machine { get; init; }

    /// <summary>e_flags; makedumpfile sets bit 0 in a core that it couldn't finish.</summary>
    public uint Flags { get; init; }

    /// <summary>File offset of the program headers, 0 if there are none.</summary>
    public long ProgramHeaders { get; init; }

    /// <summary>How many program headers there are, or <see cref="Elsewhere"/>.</summary>
    public ushort ProgramHeaderCount { get; init; }

    /// <summary>The size in bytes that the file says a program header has.</summary>
    public ushort ProgramHeaderBytes { get; init; }

    /// <summary>File offset of the section headers, 0 if there are none.</summary>
    public long SectionHeaders { get; init; }

    /// <summary>How many section headers there are; 0 also where there are too many for this field.</summary>
    public ushort SectionHeaderCount { get; init; }

    /// <summary>The size in bytes that the file says a section header has.</summary>
    public ushort SectionHeaderBytes { get; init; }

    /// <summary>Index of the section with the sections' names, or <see cref="Elsewhere"/>.</summary>
    public ushort NameSection { get; init; }

    /// <summary>Whether a file that starts so is an ELF file of any kind.</summary>
    public static bool IsElf(ReadOnlySpan<byte> start) => start.StartsWith("\u007fELF"u8);

    /// <summary>
    /// Reads a header; false if these aren't the first <see cref="Bytes"/> bytes of an ELF file. Of a file that isn't 64-bit
    /// little-endian only class, byte order, type and machine are read.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> start, out ElfHeader header)
    {
        header = default;
        if (start.Length < Bytes || !IsElf(start))
            return false;
        header = new ElfHeader
        {
            Is64Bit = start[4] == 2,
            IsBigEndian = start[5] == 2,
            Type = Word(start, 16),
            Machine = Word(start, 18),
        };
        if (header.Is64Bit && !header.IsBigEndian)
        {
            header = header with
            {
                ProgramHeaders = BinaryPrimitives.ReadInt64LittleEndian(start[32..]),
                SectionHeaders = BinaryPrimitives.ReadInt64LittleEndian(start[40..]),
                Flags = BinaryPrimitives.ReadUInt32LittleEndian(start[48..]),
                ProgramHeaderBytes = Word(start, 54),
                ProgramHeaderCount = Word(start, 56),
                SectionHeaderBytes = Word(start, 58),
                SectionHeaderCount = Word(start, 60),
                NameSection = Word(start, 62),
            };
        }
        return true;
    }

    /// <summary>Writes the header of a 64-bit little-endian file; sizes of headers are the ones that ELF has.</summary>
    /// <param name="output">Room for <see cref="Bytes"/> bytes.</param>
    public void Write(Span<byte> output)
    {
        output[..Bytes].Clear();
        "\u007fELF\u0002\u0001\u0001"u8.CopyTo(output);
        BinaryPrimitives.WriteUInt16LittleEndian(output[16..], Type);
        BinaryPrimitives.WriteUInt16LittleEndian(output[18..], Machine);
        BinaryPrimitives.WriteUInt32LittleEndian(output[20..], 1);
        BinaryPrimitives.WriteInt64LittleEndian(output[32..], ProgramHeaders);
        BinaryPrimitives.WriteInt64LittleEndian(output[40..], SectionHeaders);
        BinaryPrimitives.WriteUInt32LittleEndian(output[48..], Flags);
        BinaryPrimitives.WriteUInt16LittleEndian(output[52..], Bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(output[54..], ElfProgramHeader.Bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(output[56..], ProgramHeaderCount);
        BinaryPrimitives.WriteUInt16LittleEndian(
            output[58..], SectionHeaderCount > 0 ? (ushort)ElfSectionHeader.Bytes : (ushort)0);
        BinaryPrimitives.WriteUInt16LittleEndian(output[60..], SectionHeaderCount);
        BinaryPrimitives.WriteUInt16LittleEndian(output[62..], NameSection);
    }

    private static ushort Word(ReadOnlySpan<byte> bytes, int at) => bytes[5] == 2
        ? BinaryPrimitives.ReadUInt16BigEndian(bytes[at..])
        : BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);
}

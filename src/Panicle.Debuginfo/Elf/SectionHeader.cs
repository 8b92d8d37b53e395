using System.Buffers.Binary;

namespace Panicle.Debuginfo.Elf;

/// <summary>An <c>Elf64_Shdr</c> in little-endian, as it is in the file.</summary>
internal struct SectionHeader
{
    public const int Bytes = 64;

    public const uint Null = 0; // SHT_NULL
    public const uint ProgramData = 1; // SHT_PROGBITS
    public const uint Relocations = 4; // SHT_RELA
    public const uint NoBits = 8; // SHT_NOBITS

    public const ulong InMemory = 2; // SHF_ALLOC
    public const ulong Compressed = 0x800; // SHF_COMPRESSED

    public uint Name;
    public uint Type;
    public ulong Flags;
    public ulong Address;
    public ulong Offset;
    public ulong Size;
    public uint Link;
    public uint Info;
    public ulong Alignment;
    public ulong EntrySize;

    /// <summary>Whether it is a part of the program in memory.</summary>
    public readonly bool IsAllocated => (Flags & InMemory) != 0;

    /// <summary>Whether it has bytes in the file.</summary>
    public readonly bool HasBytes => Type is not (Null or NoBits) && Size > 0;

    /// <summary>Whether its bytes begin with an <c>Elf64_Chdr</c> and are compressed.</summary>
    public readonly bool IsCompressed => (Flags & Compressed) != 0;

    public static SectionHeader Read(ReadOnlySpan<byte> bytes) => new()
    {
        Name = BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        Type = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]),
        Flags = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
        Address = BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
        Offset = BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]),
        Size = BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]),
        Link = BinaryPrimitives.ReadUInt32LittleEndian(bytes[40..]),
        Info = BinaryPrimitives.ReadUInt32LittleEndian(bytes[44..]),
        Alignment = BinaryPrimitives.ReadUInt64LittleEndian(bytes[48..]),
        EntrySize = BinaryPrimitives.ReadUInt64LittleEndian(bytes[56..]),
    };

    public readonly void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Name);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[4..], Type);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], Flags);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[16..], Address);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[24..], Offset);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[32..], Size);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[40..], Link);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[44..], Info);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[48..], Alignment);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[56..], EntrySize);
    }
}

using System.Buffers.Binary;

namespace Panicle.Formats.Elf;

/// <summary>An <c>Elf64_Shdr</c> (include/uapi/linux/elf.h) in little-endian, as it is in the file.</summary>
public struct ElfSectionHeader
{
    /// <summary>Its size in bytes.</summary>
    public const int Bytes = 64;

    /// <summary>SHT_NULL: an entry of the table that stands for no section, as the first does.</summary>
    public const uint Null = 0;

    /// <summary>SHT_PROGBITS: the program's code or data.</summary>
    public const uint ProgramData = 1;

    /// <summary>SHT_SYMTAB: every symbol that the linker kept; loaded programs don't need it.</summary>
    public const uint SymbolTable = 2;

    /// <summary>SHT_RELA: relocations with addends.</summary>
    public const uint Relocations = 4;

    /// <summary>SHT_NOTE: notes; see <see cref="ElfNotes"/>.</summary>
    public const uint Notes = 7;

    /// <summary>SHT_NOBITS: memory that begins as zeros, without bytes in the file.</summary>
    public const uint NoBits = 8;

    /// <summary>SHF_WRITE: can be written to in memory.</summary>
    public const ulong Writable = 1;

    /// <summary>SHF_ALLOC: in memory at run time.</summary>
    public const ulong InMemory = 2;

    /// <summary>SHF_EXECINSTR: its bytes are instructions.</summary>
    public const ulong Code = 4;

    /// <summary>SHF_COMPRESSED: begins with an <c>Elf64_Chdr</c> and is compressed.</summary>
    public const ulong Compressed = 0x800;

    /// <summary>Offset of its name in the section of names.</summary>
    public uint Name { readonly get; set; }

    /// <summary>What it holds: an SHT_ number.</summary>
    public uint Type { readonly get; set; }

    /// <summary>
    /// SHF_ bits: <see cref="Writable"/>, <see cref="InMemory"/>, <see cref="Code"/>, <see cref="Compressed"/>.
    /// </summary>
    public ulong Flags { readonly get; set; }

    /// <summary>Its link address; 0 in an object file.</summary>
    public ulong Address { readonly get; set; }

    /// <summary>Where its bytes lie in the file.</summary>
    public ulong Offset { readonly get; set; }

    /// <summary>How many bytes it has.</summary>
    public ulong Size { readonly get; set; }

    /// <summary>Index of a section that belongs to it; for symbols, that of their names.</summary>
    public uint Link { readonly get; set; }

    /// <summary>For relocations, the index of the section that they change.</summary>
    public uint Info { readonly get; set; }

    /// <summary>What its address is a multiple of.</summary>
    public ulong Alignment { readonly get; set; }

    /// <summary>The size in bytes of one entry of a table, else 0.</summary>
    public ulong EntrySize { readonly get; set; }

    /// <summary>Whether it is a part of the program in memory.</summary>
    public readonly bool IsAllocated => (Flags & InMemory) != 0;

    /// <summary>Whether it has bytes in the file.</summary>
    public readonly bool HasBytes => Type is not (Null or NoBits) && Size > 0;

    /// <summary>Whether its bytes begin with an <c>Elf64_Chdr</c> and are compressed.</summary>
    public readonly bool IsCompressed => (Flags & Compressed) != 0;

    /// <summary>Reads one from its <see cref="Bytes"/> bytes.</summary>
    public static ElfSectionHeader Read(ReadOnlySpan<byte> bytes) => new()
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

    /// <summary>Writes it into <see cref="Bytes"/> bytes.</summary>
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

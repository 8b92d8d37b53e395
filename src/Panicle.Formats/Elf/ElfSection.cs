
namespace Panicle.Formats.Elf;

/// <summary>A section of an ELF file (<c>Elf64_Shdr</c>).</summary>
/// <param name="Name">Its name, such as <c>.text</c>.</param>
/// <param name="Type">SHT_ number: 1 program data, 2 symbols, 3 strings, 7 notes, 8 no data in the file.</param>
/// <param name="Flags">SHF_ bits: 1 writable, 2 in memory at run time, 4 code, 0x800 compressed.</param>
/// <param name="Address">Its link address; 0 in an object file.</param>
/// <param name="Offset">Where its data lies in the file.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="Link">For symbols: the index of the section with their names.</param>
/// <param name="EntrySize">Size of one entry of a table, else 0.</param>
public readonly record struct ElfSection(
    string Name, uint Type, ulong Flags, ulong Address, ulong Offset, ulong Size, uint Link, ulong EntrySize)
{
    /// <summary>Whether it is part of the program in memory.</summary>
    public bool IsAllocated => (Flags & ElfSectionHeader.InMemory) != 0;

    /// <summary>Whether it can be written to in memory.</summary>
    public bool IsWritable => (Flags & ElfSectionHeader.Writable) != 0;

    /// <summary>Whether it holds code.</summary>
    public bool IsCode => (Flags & ElfSectionHeader.Code) != 0;
}

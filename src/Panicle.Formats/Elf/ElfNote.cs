
namespace Panicle.Formats.Elf;

/// <summary>One ELF note: <c>Elf64_Nhdr</c> with its name and descriptor.</summary>
/// <param name="Name">The owner, without the final NUL: "CORE", "LINUX", "VMCOREINFO", "QEMU".</param>
/// <param name="Type">The owner's number for what it is (1 in "CORE" is NT_PRSTATUS).</param>
/// <param name="Descriptor">The note's content.</param>
public sealed record ElfNote(string Name, uint Type, ReadOnlyMemory<byte> Descriptor)
{
    /// <summary>Type of "CORE" notes that hold a CPU's registers (<c>struct elf_prstatus</c>).</summary>
    public const uint PrStatus = 1;
}

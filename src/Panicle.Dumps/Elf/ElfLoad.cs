namespace Panicle.Dumps.Elf;

/// <summary>A PT_LOAD program header, as it stands in the file.</summary>
/// <param name="Offset">File offset of the bytes (p_offset).</param>
/// <param name="Virtual">Kernel virtual address; 0 in QEMU's dumps (p_vaddr).</param>
/// <param name="Physical">Physical address (p_paddr).</param>
/// <param name="FileSize">Bytes stored (p_filesz).</param>
/// <param name="MemorySize">Bytes of memory that it stands for (p_memsz).</param>
internal readonly record struct ElfLoad(long Offset, ulong Virtual, ulong Physical, ulong FileSize, ulong MemorySize);

namespace Panicle.Kernel.Arch;

/// <summary>The parts of the address space that mean something on every architecture.</summary>
public enum MemoryRegionKind
{
    /// <summary>None of the others: nothing is ever mapped there.</summary>
    Unused,

    /// <summary>No address at all: its upper bits aren't as the processor wants them.</summary>
    NonCanonical,

    /// <summary>The half of processes.</summary>
    User,

    /// <summary>All of physical memory, linearly (<c>page_offset_base</c>).</summary>
    DirectMap,

    /// <summary>What is put together page by page: vmalloc(), ioremap(), stacks.</summary>
    Vmalloc,

    /// <summary>The array of <c>struct page</c>.</summary>
    Vmemmap,

    /// <summary>The kernel's own code and variables.</summary>
    KernelImage,

    /// <summary>Code and variables of modules.</summary>
    Modules,

    /// <summary>A part that the architecture has for a purpose of its own.</summary>
    Other,

    /// <summary>No virtual address but a physical one.</summary>
    Physical,
}

/// <summary>The part of the address space that an address is in.</summary>
/// <param name="Kind">Which part.</param>
/// <param name="Name">
/// Its name for a person, as in the kernel's documentation: "direct map", "module area", "cpu_entry_area".
/// </param>
public readonly record struct MemoryRegion(MemoryRegionKind Kind, string Name)
{
    /// <summary>Where physical addresses are.</summary>
    public static MemoryRegion Physical { get; } = new(MemoryRegionKind.Physical, "physical memory");

    /// <inheritdoc/>
    public override string ToString() => Name;
}

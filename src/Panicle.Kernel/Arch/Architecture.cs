using Panicle.Dumps;

namespace Panicle.Kernel.Arch;

/// <summary>
/// What differs between processor architectures for a dump. Each has its own folder beside this file and a line in
/// <see cref="Architectures"/>, which picks one by the dump's ELF machine number.
/// </summary>
public abstract class Architecture
{
    /// <summary>The kernel's name for it, as in utsname: "x86_64".</summary>
    public abstract string Name { get; }

    /// <summary>The processor that its dumps are of, and behind it those of whose kernels there are only logs.</summary>
    public abstract IReadOnlyList<Processor> Processors { get; }

    /// <summary>The processor that its dumps are of.</summary>
    public Processor Processor => Processors[0];

    /// <summary>Its byte order, and the size of its pointers and of <c>unsigned long</c>.</summary>
    public abstract WordFormat Words { get; }

    /// <summary>Builds the kernel's own address space, from the dump's memory and the kernel's note alone.</summary>
    public abstract KernelAddressSpace CreateKernelSpace(IPhysicalMemory memory, VmcoreInfo info, DumpFile dump);

    /// <summary>Builds the address space of a task's page table.</summary>
    /// <param name="kernel">The kernel's address space of the same dump.</param>
    /// <param name="pgd">Virtual address of the top-level page table (<c>mm->pgd</c>).</param>
    public abstract AddressSpace CreateUserSpace(KernelAddressSpace kernel, ulong pgd);

    /// <summary>Builds the unwinder of this architecture for a dump.</summary>
    public abstract Unwind.StackUnwinder CreateUnwinder(KernelDump kernel);

    /// <summary>Reads the registers from a CPU's NT_PRSTATUS descriptor; null if it is too short to hold them.</summary>
    public abstract Unwind.CpuRegisters? ParsePrStatus(ReadOnlySpan<byte> descriptor);

    /// <summary>What the bits of a page-table entry say: "PRESENT", "RW", "NX"…; for an entry that isn't present, what the kernel keeps in it.</summary>
    /// <param name="step">The entry and its level.</param>
    public abstract IReadOnlyList<string> FlagsOf(PageTableStep step);
}

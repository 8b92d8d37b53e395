using Panicle.Dumps;
using Panicle.Kernel.Module;

namespace Panicle.Kernel.Arch;

/// <summary>An entry of the table by which the processor finds what handles an interrupt.</summary>
/// <param name="Vector">The interrupt's number.</param>
/// <param name="Address">Where the entry lies.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="Handler">Address of the code that it leads to.</param>
public sealed record InterruptGate(int Vector, ulong Address, int Size, ulong Handler);

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

    /// <summary>Builds the kernel's own address space.</summary>
    /// <param name="memory">The dump's memory.</param>
    /// <param name="info">The kernel's note.</param>
    /// <param name="dump">The dump, for messages and what its header says.</param>
    /// <param name="symbols">
    /// The kernel's names, which are read through this space: only what has to do without them may be asked for then.
    /// They tell of variables, such as the place of the direct map.
    /// </param>
    internal abstract KernelAddressSpace CreateKernelSpace(
        IPhysicalMemory memory, VmcoreInfo info, DumpFile dump, Part<KernelSymbols> symbols);

    /// <summary>Builds the address space of a task's page table.</summary>
    /// <param name="kernel">The dump's kernel, which knows what is kept in the entries of pages that aren't there.</param>
    /// <param name="pgd">Virtual address of the top-level page table (<c>mm->pgd</c>).</param>
    public abstract AddressSpace CreateUserSpace(KernelDump kernel, ulong pgd);

    /// <summary>Builds the unwinder of this architecture for a dump.</summary>
    public abstract Unwind.StackUnwinder CreateUnwinder(KernelDump kernel);

    /// <summary>Reads the registers from a CPU's NT_PRSTATUS descriptor; null if it is too short to hold them.</summary>
    public abstract Unwind.CpuRegisters? ParsePrStatus(ReadOnlySpan<byte> descriptor);

    /// <summary>
    /// What a CPU reached its own variables with (<c>__per_cpu_offset</c> of it), by an NT_PRSTATUS descriptor that was taken of
    /// the machine from outside; another number, or null, where the CPU or its architecture doesn't tell.
    /// </summary>
    public virtual ulong? PerCpuOffsetIn(ReadOnlySpan<byte> descriptor) => null;

    /// <summary>
    /// C types of its kernel's well-known global variables, by their names: for a kernel whose type information lacks them.
    /// </summary>
    public abstract IReadOnlyDictionary<string, string> Globals { get; }

    /// <summary>
    /// What a kdump's header has as <c>phys_base</c> (see <see cref="DumpHeader.PhysicalBase"/>); null where nothing tells.
    /// </summary>
    /// <param name="dump">The dump, whose own header or segments may tell.</param>
    /// <param name="info">The kernel's note, if it is known.</param>
    public abstract ulong? PhysicalBaseOf(DumpFile dump, VmcoreInfo? info);

    /// <summary>The processors' nominal clock in MHz.</summary>
    /// <exception cref="KernelReadException">The kernel doesn't tell.</exception>
    public abstract uint ClockMegahertz(KernelDump kernel);

    /// <summary>The usual name of the table that <see cref="InterruptGates"/> reads.</summary>
    public abstract string InterruptTable { get; }

    /// <summary>The entries of that table; none on an architecture whose interrupts all begin in one piece of code.</summary>
    public abstract IEnumerable<InterruptGate> InterruptGates(KernelDump kernel);

    /// <summary>The protections that the processors have and that the kernel's memory says were off.</summary>
    /// <exception cref="KernelReadException">The kernel's memory can't be read.</exception>
    public abstract IEnumerable<DisabledProtection> DisabledProtections(KernelDump kernel);

    /// <summary>
    /// What the bits of a page-table entry say: "PRESENT", "RW", "NX"…;
    /// for an entry that isn't present, what the kernel keeps in it.
    /// </summary>
    /// <param name="step">The entry and its level.</param>
    public abstract IReadOnlyList<string> FlagsOf(PageTableStep step);
}

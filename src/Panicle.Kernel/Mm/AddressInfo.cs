using Panicle.Kernel.Arch;
using Panicle.Kernel.Module;
using Panicle.Kernel.Sched;
using Panicle.Symbols;

namespace Panicle.Kernel.Mm;

/// <summary>
/// What an address belongs to. Several answers may hold at once: an address in a task's stack is in a vmalloc area and
/// in a page too. What doesn't apply, and what can't be found out, is null.
/// </summary>
/// <param name="Address">The address that was asked for; virtual unless <see cref="IsPhysical"/>.</param>
/// <param name="Region">The part of the address space.</param>
public sealed record AddressInfo(ulong Address, MemoryRegion Region)
{
    /// <summary>Whether the address is a physical one.</summary>
    public bool IsPhysical { get; init; }

    /// <summary>
    /// Whether it is NULL plus the offset of a member: below the first page's end, where nothing is ever mapped.
    /// </summary>
    public bool IsNull { get; init; }

    /// <summary>The physical address behind it.</summary>
    public ulong? Physical { get; init; }

    /// <summary>Why there is no <see cref="Physical"/> address, as a clause; null if there is one.</summary>
    public string? WhyNotMapped { get; init; }

    /// <summary>The symbol that covers it.</summary>
    public Symbol? Symbol { get; init; }

    /// <summary>The module in whose memory it lies.</summary>
    public KernelModule? Module { get; init; }

    /// <summary>The part of the module's memory.</summary>
    public ModuleRegion? ModuleRegion { get; init; }

    /// <summary>The slab object, or the place in a slab.</summary>
    public SlabPlace? Slab { get; init; }

    /// <summary>The task whose <c>task_struct</c> it lies in.</summary>
    public KernelTask? Task { get; init; }

    /// <summary>The kernel stack that it lies on.</summary>
    public StackPlace? Stack { get; init; }

    /// <summary>The CPU's own memory that it lies in.</summary>
    public PerCpuPlace? PerCpu { get; init; }

    /// <summary>The area of the vmalloc space.</summary>
    public VmallocArea? Vmalloc { get; init; }

    /// <summary>The process's memory area; only for user addresses.</summary>
    public VirtualMemoryArea? Area { get; init; }

    /// <summary>The process that a user address was looked up in.</summary>
    public KernelTask? Process { get; init; }

    /// <summary>The page that holds it.</summary>
    public PageDescriptor? Page { get; init; }

    /// <summary>The page whose <c>struct page</c> the address lies in; only in the array of these.</summary>
    public PageDescriptor? DescribedPage { get; init; }

    /// <summary>The free block that the page is in; null if the page is not free.</summary>
    public FreePlace? Free { get; init; }

    /// <summary>What it is, in a clause: "32 bytes into a free object of slab cache kmalloc-64".</summary>
    public string Summary => AddressSummary.Of(this);
}

/// <summary>A place in a slab.</summary>
/// <param name="Cache">The slab's cache.</param>
/// <param name="Slab">The slab.</param>
/// <param name="Object">Start of the object; null in the slab's unused tail.</param>
/// <param name="Free">Where the object waits if it is free; null if it is allocated.</param>
/// <param name="FreeInSlab">How many of the slab's objects are free, those on CPUs' lists included.</param>
public sealed record SlabPlace(SlabCache Cache, Slab Slab, ulong? Object, FreeObject? Free, int FreeInSlab);

/// <summary>A place on a kernel stack.</summary>
/// <param name="Name">"task", "IRQ", or an exception stack: "NMI", "#DF"…</param>
/// <param name="Range">The stack.</param>
/// <param name="Task">Whose it is, for a task's.</param>
/// <param name="Cpu">Whose it is, for a CPU's.</param>
public sealed record StackPlace(string Name, AddressRange Range, KernelTask? Task, int? Cpu);

/// <summary>A place in a CPU's own memory.</summary>
/// <param name="Cpu">The CPU.</param>
/// <param name="Pointer">The per-CPU address, which is the same for all CPUs.</param>
/// <param name="Variable">The variable; null for dynamically allocated memory.</param>
public sealed record PerCpuPlace(int Cpu, ulong Pointer, Symbol? Variable);

/// <summary>A block of free pages.</summary>
/// <param name="FirstFrame">Its first page.</param>
/// <param name="Order">It has 2^Order pages.</param>
public readonly record struct FreePlace(ulong FirstFrame, int Order);

using Panicle.Kernel.Arch;
using Panicle.Kernel.Sched;

namespace Panicle.Kernel.Mm;

/// <summary>The kernel's memory management: each part is read on first use and fails alone.</summary>
public sealed class KernelMm
{
    private readonly KernelDump _kernel;
    private readonly Part<PageMap> _pages;
    private readonly Part<ZoneList> _zones;
    private readonly Part<SlabCaches> _slabs;
    private readonly Part<VmallocAreas> _vmalloc;
    private readonly Part<AddressLookup> _addresses;
    private readonly Part<MemoryStatistics> _statistics;
    private readonly Part<SwapAreas> _swap;

    internal KernelMm(KernelDump kernel)
    {
        _kernel = kernel;
        Areas = new VirtualMemoryAreas(kernel);
        _pages = new("the array of struct page", () => new PageMap(kernel));
        _zones = new("the memory zones", () => new ZoneList(kernel));
        _slabs = new("the slab caches", () => new SlabCaches(kernel));
        _vmalloc = new("the vmalloc areas", () => new VmallocAreas(kernel));
        _addresses = new("what addresses belong to", () => new AddressLookup(kernel));
        _statistics = new("the memory's use", () => new MemoryStatistics(kernel));
        _swap = new("the swap areas", () => new SwapAreas(kernel));
    }

    /// <summary>Where the direct map has a physical address.</summary>
    public ulong VirtualOf(ulong physical) => _kernel.Memory.DirectMapBase + physical;

    /// <summary>
    /// The address space of a task's process, through its own page table (<c>mm_struct.pgd</c>): for tasks that have one,
    /// whose <see cref="KernelTask.Mm"/> isn't 0.
    /// </summary>
    /// <exception cref="KernelReadException">The top of its page table can't be found.</exception>
    public AddressSpace MemoryOf(KernelTask task) => _kernel.Architecture.CreateUserSpace(
        _kernel, _kernel.At(task.Mm, "struct mm_struct")["pgd"].ToUInt64());

    /// <summary>The array of <c>struct page</c>.</summary>
    public PageMap Pages => _pages.Value;

    /// <summary>The machine's memory nodes and their zones (<c>node_data</c>).</summary>
    public ZoneList Zones => _zones.Value;

    /// <summary>The caches of the slab allocator (<c>slab_caches</c>).</summary>
    public SlabCaches Slabs => _slabs.Value;

    /// <summary>The areas of vmalloc, modules included.</summary>
    public VmallocAreas Vmalloc => _vmalloc.Value;

    /// <summary>What an address belongs to.</summary>
    public AddressLookup Addresses => _addresses.Value;

    /// <summary>The memory areas of processes (<c>struct vm_area_struct</c>).</summary>
    public VirtualMemoryAreas Areas { get; }

    /// <summary>Where pages are swapped out to.</summary>
    public SwapAreas Swap => _swap.Value;

    /// <summary>The same, where they can be read.</summary>
    internal SwapAreas? SwapOrNull => _swap.OrNull;

    /// <summary>How much memory is used for what.</summary>
    public MemoryStatistics Statistics => _statistics.Value;
}

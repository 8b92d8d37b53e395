namespace Panicle.Kernel.Mm;

/// <summary>The kernel's memory management: each part is read on first use and fails alone.</summary>
public sealed class KernelMm
{
    /// <summary>The names that the parts look up, found in one pass with those that every dump needs.</summary>
    internal static readonly string[] Needed =
    [
        "slab_caches", "node_states", "vmap_area_root", "vmap_nodes", "nr_vmap_nodes", "vm_zone_stat", "vm_node_stat",
        "vm_event_states",
        "total_swap_pages", "nr_swap_pages", "hstates", "hugetlb_max_hstate", "sysctl_overcommit_kbytes",
        "sysctl_overcommit_ratio",
        "vm_committed_as", "blockdev_superblock", "pcpu_base_addr", "pcpu_unit_size", "pcpu_unit_offsets", "pcpu_chunk_lists",
        "pcpu_nr_slots", "__per_cpu_start", "__per_cpu_end",
    ];

    private readonly KernelDump _kernel;
    private readonly Part<PageMap> _pages;
    private readonly Part<ZoneList> _zones;
    private readonly Part<SlabCaches> _slabs;
    private readonly Part<VmallocAreas> _vmalloc;
    private readonly Part<AddressLookup> _addresses;

    internal KernelMm(KernelDump kernel)
    {
        _kernel = kernel;
        _ = kernel.Symbols; // Only with them is the direct map's place certain.
        _pages = new("the array of struct page", () => new PageMap(kernel));
        _zones = new("the memory zones", () => new ZoneList(kernel));
        _slabs = new("the slab caches", () => new SlabCaches(kernel));
        _vmalloc = new("the vmalloc areas", () => new VmallocAreas(kernel));
        _addresses = new("what addresses belong to", () => new AddressLookup(kernel));
        Statistics = new MemoryStatistics(kernel);
    }

    /// <summary>Where the direct map has a physical address.</summary>
    public ulong VirtualOf(ulong physical) => _kernel.Memory.DirectMapBase + physical;

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

    /// <summary>How much memory is used for what.</summary>
    public MemoryStatistics Statistics { get; }
}

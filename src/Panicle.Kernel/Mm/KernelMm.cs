namespace Panicle.Kernel.Mm;

/// <summary>The kernel's memory management: each part is read on first use and fails alone.</summary>
public sealed class KernelMm
{
    /// <summary>Size of a page in bytes on the machines that Panicle reads.</summary>
    public const ulong PageSize = 4096;

    private readonly Part<PageMap> _pages;
    private readonly Part<ZoneList> _zones;
    private readonly Part<SlabCaches> _slabs;
    private readonly Part<VmallocAreas> _vmalloc;

    internal KernelMm(KernelDump kernel)
    {
        _pages = new(() => new PageMap(kernel));
        _zones = new(() => new ZoneList(kernel));
        _slabs = new(() => new SlabCaches(kernel));
        _vmalloc = new(() => new VmallocAreas(kernel));
        Statistics = new MemoryStatistics(kernel);
    }

    /// <summary>The array of <c>struct page</c>.</summary>
    public PageMap Pages => _pages.Value;

    /// <summary>Nodes and zones.</summary>
    public ZoneList Zones => _zones.Value;

    /// <summary>The slab caches.</summary>
    public SlabCaches Slabs => _slabs.Value;

    /// <summary>The areas of vmalloc, modules included.</summary>
    public VmallocAreas Vmalloc => _vmalloc.Value;

    /// <summary>How much memory is used for what.</summary>
    public MemoryStatistics Statistics { get; }
}

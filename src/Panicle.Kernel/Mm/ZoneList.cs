using Panicle.Kernel.Values;

namespace Panicle.Kernel.Mm;

/// <summary>A zone of a memory node (<c>struct zone</c>, include/linux/mmzone.h). Sizes in pages.</summary>
/// <param name="Node">Number of its node.</param>
/// <param name="Index">Its index in the node.</param>
/// <param name="Name">"DMA", "DMA32", "Normal", "Movable", "Device".</param>
/// <param name="Value">The <c>struct zone</c>.</param>
/// <param name="StartFrame">First frame that it spans.</param>
/// <param name="Spanned">Frames that it spans, holes included.</param>
/// <param name="Present">Frames that exist.</param>
/// <param name="Managed">Frames that the allocator was given.</param>
public sealed record MemoryZone(
    int Node, int Index, string Name, KernelValue Value, ulong StartFrame, ulong Spanned, ulong Present, ulong Managed)
{
    /// <summary>Whether any memory is in it.</summary>
    public bool IsPopulated => Present != 0;
}

/// <summary>The blocks of one order that a zone has free.</summary>
/// <param name="Order">The blocks are 2^Order pages.</param>
/// <param name="Lists">Address of each migrate type's list head, and its blocks.</param>
/// <param name="Count">Number of free blocks, as the zone counts them (<c>free_area.nr_free</c>).</param>
public sealed record FreeBlocks(int Order, IReadOnlyList<FreeList> Lists, ulong Count);

/// <summary>One list of free blocks.</summary>
/// <param name="Head">Address of the <c>list_head</c>.</param>
/// <param name="Pages">Addresses of the <c>struct page</c> of each block's first page.</param>
public sealed record FreeList(ulong Head, IReadOnlyList<ulong> Pages);

/// <summary>The memory nodes that are online and their zones (<c>node_data</c>).</summary>
public sealed class ZoneList
{
    private const int MostZones = 16;
    private const int MostOrders = 32;

    private readonly KernelDump _kernel;

    internal ZoneList(KernelDump kernel)
    {
        _kernel = kernel;
        Nodes = [.. ReadNodes()];
        All = [.. Nodes.SelectMany(node => ReadZones(node.Number, node.Value))];
    }

    /// <summary>The nodes: their number and <c>struct pglist_data</c>.</summary>
    public IReadOnlyList<(int Number, KernelValue Value)> Nodes { get; }

    /// <summary>The zones of all nodes, those without memory included.</summary>
    public IReadOnlyList<MemoryZone> All { get; }

    /// <summary>What could not be read.</summary>
    public Losses Losses { get; } = new();

    /// <summary>The zone that holds a frame, or null.</summary>
    public MemoryZone? Containing(ulong frame) =>
        All.FirstOrDefault(zone => zone.IsPopulated && frame >= zone.StartFrame && frame - zone.StartFrame < zone.Spanned);

    /// <summary>The free blocks of a zone by order, walked list by list.</summary>
    /// <param name="zone">The zone.</param>
    /// <param name="losses">Gets the lists that are broken.</param>
    public IEnumerable<FreeBlocks> FreeBlocksOf(MemoryZone zone, Losses losses)
    {
        var areas = zone.Value["free_area"];
        var link = (ulong)new StructLayout(_kernel.Types, "struct page").Offset("buddy_list", "lru");
        for (var order = 0; order < (int)Math.Min(areas.Type.Count, MostOrders); order++)
        {
            var area = areas[order];
            var lists = new List<FreeList>();
            for (var type = 0; type < (int)Math.Min(area["free_list"].Type.Count, 16); type++)
            {
                var head = area["free_list"][type].Address;
                lists.Add(new FreeList(head, [.. KernelLists.Nodes(_kernel.Context, head, losses).Select(node => node - link)]));
            }
            yield return new FreeBlocks(order, lists, area["nr_free"].ToUInt64());
        }
    }

    private IEnumerable<(int Number, KernelValue Value)> ReadNodes()
    {
        // Without CONFIG_NUMA there is one node and no table.
        if (!_kernel.TrySymbolAddress("node_data", out var table))
        {
            yield return (0, _kernel.Global("contig_page_data", "struct pglist_data"));
            yield break;
        }
        foreach (var number in OnlineNodes())
        {
            if (_kernel.Memory.TryReadWord(_kernel.Memory.Words.At(table, number), out var node, out var fault) && node != 0)
                yield return (number, _kernel.At(node, "struct pglist_data"));
            else
                Losses.Add($"node {number}: {fault}");
        }
    }

    // node_states[N_ONLINE]
    private List<int> OnlineNodes()
    {
        var online = _kernel.Types.FindEnumerator("N_ONLINE") ?? 1;
        var words = _kernel.Memory.Words;
        var size = _kernel.Types.Parse("nodemask_t")?.Size ?? (ulong)words.Size;
        var mask = _kernel.SymbolAddress("node_states") + (ulong)online * size;
        var nodes = new List<int>();
        for (var i = 0; i < (int)size / words.Size; i++)
        {
            for (var word = _kernel.Memory.ReadWord(words.At(mask, i), "node_states"); word != 0; word &= word - 1)
                nodes.Add(i * words.Bits + System.Numerics.BitOperations.TrailingZeroCount(word));
        }
        return nodes;
    }

    private List<MemoryZone> ReadZones(int number, KernelValue node)
    {
        var zones = new List<MemoryZone>();
        var all = node["node_zones"];
        for (var i = 0; i < (int)Math.Min(all.Type.Count, MostZones); i++)
        {
            if (Losses.Try($"zone {i} of node {number}", () => ReadZone(number, i, all[i])) is { } zone)
                zones.Add(zone);
        }
        return zones;
    }

    private static MemoryZone ReadZone(int number, int index, KernelValue zone)
    {
        // An atomic since 5.0.
        var managed = zone.Has("managed_pages.counter") ? zone["managed_pages.counter"] : zone["managed_pages"];
        return new MemoryZone(number, index, zone["name"].ToText(), zone, zone["zone_start_pfn"].ToUInt64(),
            zone["spanned_pages"].ToUInt64(), zone["present_pages"].ToUInt64(), managed.ToUInt64());
    }
}

using Panicle.Kernel.Mm;

namespace Panicle.Cli.Commands.Mm;

/// <summary>
/// A slab cache. Sizes in bytes; Allocated and Total in objects, Slabs in slabs, all null where they can't be counted.
/// SlabDetails is given by kmem -S.
/// </summary>
internal sealed record KmemCache(
    Address Cache, string Name, uint ObjectSize, uint Size, ulong? Allocated, ulong? Total, ulong? Slabs, ulong SlabSize,
    IReadOnlyList<KmemSlab>? SlabDetails)
{
    public static KmemCache Of(CommandContext context, SlabCache cache)
    {
        var usage = context.Losses.Try(cache.Name, () => context.Session.Kernel.Mm.Slabs.UsageOf(cache, context.Losses));
        return new KmemCache(
            cache.Address, cache.Name, cache.ObjectSize, cache.Size, usage?.Allocated, usage?.Total, usage?.Slabs,
            context.Session.Kernel.PageSize << cache.Order, null);
    }

    /// <summary>Writes the table of caches that crash's kmem -s prints.</summary>
    public static void Write(IEnumerable<KmemCache> caches, TextOutput output)
    {
        var table = new TextTable(
            Column.Left("CACHE", 16), Column.Right("OBJSIZE", 8, gap: 1), Column.Right("ALLOCATED", 10, gap: 1),
            Column.Right("TOTAL", 9, gap: 1), Column.Right("SLABS", 6, gap: 1), Column.Right("SSIZE", 6, gap: 1),
            Column.Left("NAME"));
        foreach (var cache in caches)
            table.Row(
                cache.Cache.ToString(), $"{cache.ObjectSize}", Text(cache.Allocated), Text(cache.Total), Text(cache.Slabs),
                $"{cache.SlabSize / 1024}k", cache.Name);
        table.WriteTo(output);
    }

    private static string Text(ulong? number) => number?.ToString() ?? "?";
}

/// <summary>
/// A slab. List says where it is found: "cpu 0", "cpu 0 partial", "node 0 partial", or null. Objects are its objects in order, or
/// only the one that was asked for.
/// </summary>
internal sealed record KmemSlab(
    Address Slab, Address Memory, int? Node, uint Total, uint Allocated, uint Free, string? List,
    IReadOnlyList<KmemObject> Objects)
{
    /// <summary>Describes a slab and those of its objects that are asked for.</summary>
    public static KmemSlab Of(CommandContext context, SlabCache cache, Slab slab, string? list, Func<ulong, bool>? wanted = null)
    {
        var kernel = context.Session.Kernel;
        var free = kernel.Mm.Slabs.FreeObjectsOf(cache, slab, context.Losses);
        var objects = new List<KmemObject>();
        for (uint i = 0; i < slab.Objects; i++)
        {
            var start = slab.Start + (ulong)i * cache.Size;
            if (cache.ObjectContaining(slab, start) is { } address && (wanted is null || wanted(address)))
                objects.Add(new KmemObject(
                    address, !free.ContainsKey(address), free.TryGetValue(address, out var place) ? WhereOf(place) : null));
        }
        int? node = kernel.Memory.TryDirectMap(slab.Start, out var physical)
            ? kernel.Mm.Zones.Containing(physical >> kernel.PageShift)?.Node
            : null;
        return new KmemSlab(
            slab.Address, slab.Start, node, slab.Objects, slab.Objects - (uint)free.Count, (uint)free.Count, list, objects);
    }

    /// <summary>Writes the slab after its cache.</summary>
    public void WriteWith(KmemCache cache, TextOutput output)
    {
        KmemCache.Write([cache], output);
        Write(output);
    }

    /// <summary>Writes the slab as crash does: allocated objects in brackets.</summary>
    public void Write(TextOutput output)
    {
        var table = new TextTable(
            Column.Left("SLAB"), Column.Left("MEMORY"), Column.Right("NODE"), Column.Right("TOTAL"), Column.Right("ALLOCATED"),
            Column.Right("FREE"));
        table.Row(Slab.ToString(), Memory.ToString(), Node?.ToString() ?? "?", $"{Total}", $"{Allocated}", $"{Free}");
        table.WriteTo(output, indent: "  ");
        output.Line("  FREE / [ALLOCATED]");
        foreach (var entry in Objects)
            output.Line(entry.IsAllocated
                ? $"  [{entry.Address}]"
                : $"   {entry.Address}{(entry.Where is null ? "" : $"  ({entry.Where})")}");
    }

    private static string? WhereOf(FreeObject place) => place.Place switch
    {
        FreeObjectPlace.Cpu => $"cpu {place.Number} cache",
        FreeObjectPlace.Rcu => $"cpu {place.Number} rcu",
        FreeObjectPlace.Node => $"node {place.Number} cache",
        _ => null,
    };
}

/// <summary>An object of a slab. Where says which CPU or node keeps a free one; null if it is on its slab's own list.</summary>
internal sealed record KmemObject(Address Address, bool IsAllocated, string? Where);

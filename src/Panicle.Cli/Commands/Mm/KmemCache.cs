using Panicle.Kernel;
using Panicle.Kernel.Mm;

namespace Panicle.Cli.Commands.Mm;

/// <summary>
/// A slab cache. Sizes in bytes; Allocated and Total in objects, Slabs in slabs, all null where they can't be counted. SlabDetails is
/// given by kmem -S.
/// </summary>
internal sealed record KmemCache(
    Address Cache, string Name, uint ObjectSize, uint Size, ulong? Allocated, ulong? Total, ulong? Slabs, ulong SlabSize,
    IReadOnlyList<KmemSlab>? SlabDetails)
{
    /// <summary>The headings of <see cref="ToString"/>'s columns.</summary>
    public const string Headings = "CACHE             OBJSIZE  ALLOCATED     TOTAL  SLABS  SSIZE  NAME";

    /// <summary>Counts a cache.</summary>
    public static KmemCache Of(CommandContext context, SlabCache cache)
    {
        var usage = context.Losses.Try(cache.Name, () => context.Session.Kernel.Mm.Slabs.UsageOf(cache, context.Losses));
        return new KmemCache(cache.Address, cache.Name, cache.ObjectSize, cache.Size, usage?.Allocated, usage?.Total, usage?.Slabs,
            context.Session.Kernel.PageSize << cache.Order, null);
    }

    /// <summary>The row as crash prints it.</summary>
    public override string ToString() =>
        $"{Cache} {ObjectSize,8} {Text(Allocated),10} {Text(Total),9} {Text(Slabs),6} {SlabSize / 1024,5}k  {Name}";

    private static string Text(ulong? number) => number?.ToString() ?? "?";
}

/// <summary>
/// A slab. List says where it is found: "cpu 0", "cpu 0 partial", "node 0 partial", or null. Objects are its objects in order, or only
/// the one that was asked for.
/// </summary>
internal sealed record KmemSlab(
    Address Slab, Address Memory, int? Node, uint Total, uint Allocated, uint Free, string? List, IReadOnlyList<KmemObject> Objects)
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
                objects.Add(new KmemObject(address, !free.ContainsKey(address), free.TryGetValue(address, out var place) ? WhereOf(place) : null));
        }
        var node = kernel.Mm.Zones.Containing((slab.Start - kernel.Memory.DirectMapBase) >> kernel.PageShift)?.Node;
        return new KmemSlab(slab.Address, slab.Start, node, slab.Objects, slab.Objects - (uint)free.Count, (uint)free.Count, list, objects);
    }

    /// <summary>Writes the slab after its cache.</summary>
    public void WriteWith(KmemCache cache, TextOutput output)
    {
        output.Line(KmemCache.Headings);
        output.Line(cache.ToString());
        Write(output);
    }

    /// <summary>Writes the slab as crash does: allocated objects in brackets.</summary>
    public void Write(TextOutput output)
    {
        output.Line("  SLAB              MEMORY            NODE  TOTAL  ALLOCATED  FREE");
        output.Line($"  {Slab}  {Memory}  {Node?.ToString() ?? "?",4}  {Total,5}  {Allocated,9}  {Free,4}");
        output.Line("  FREE / [ALLOCATED]");
        foreach (var entry in Objects)
            output.Line(entry.IsAllocated ? $"  [{entry.Address}]" : $"   {entry.Address}{(entry.Where is null ? "" : $"  ({entry.Where})")}");
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

using Panicle.Kernel;
using Panicle.Kernel.Mm;

namespace Panicle.Kdump.Save.Scrub;

/// <summary>Objects of slab caches.</summary>
internal static class SlabObject
{
    /// <summary>The object that an address lies in, or null.</summary>
    public static SecretRange? At(KernelDump kernel, ulong address) =>
        kernel.Mm.Slabs.TryFind(address, out var slab, out var cache) && cache.ObjectContaining(slab, address) is { } start
            ? new SecretRange(start, cache.ObjectSize, cache.Name) : null;

    /// <summary>The allocated objects of those caches whose name fits.</summary>
    public static IEnumerable<(ulong Address, SlabCache Cache)> Allocated(
        KernelDump kernel, Func<string, bool> isWanted, Losses losses)
    {
        var slabs = kernel.Mm.Slabs;
        ulong last = 0;
        foreach (var (first, count, use) in new PageClasses(kernel).Walk(kernel.Dump.MachineRanges()))
        {
            if (use != PageUse.Slab)
                continue;
            for (var frame = first; frame < first + count; frame++)
            {
                if (!slabs.TryFind(kernel.Mm.VirtualOf(frame << kernel.PageShift), out var slab, out var cache)
                    || slab.Address == last || !isWanted(cache.Name))
                    continue;
                last = slab.Address;
                var free = slabs.FreeObjectsOf(cache, slab, losses);
                for (uint i = 0; i < slab.Objects; i++)
                {
                    if (cache.ObjectContaining(slab, slab.Start + (ulong)i * cache.Size) is { } start && !free.ContainsKey(start))
                        yield return (start, cache);
                }
            }
        }
    }
}

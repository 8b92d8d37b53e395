using Panicle.Kernel.Values;
using Panicle.Symbols;

namespace Panicle.Kernel.Mm;

/// <summary>
/// The kernel's slab caches (<c>slab_caches</c>), of the SLUB allocator. A cache's free objects are on its slabs' own
/// lists, on the CPUs' lists (until 6.19), and in sheaves: arrays of objects that each CPU and node keeps (since 6.18).
/// </summary>
public sealed class SlabCaches
{
    private const int MostCpuPartial = 4096;
    private const int MostInSheaf = 4096;

    private readonly KernelDump _kernel;
    private readonly SlabLayout _layout;
    private readonly Dictionary<ulong, SlabCache> _byAddress = [];
    private readonly bool _hasPageFlag;

    internal SlabCaches(KernelDump kernel)
    {
        _kernel = kernel;
        _layout = new SlabLayout(kernel.Types, kernel.Memory.Words.Size);
        _hasPageFlag = kernel.Mm.Pages.Flags.Has("slab");
        foreach (var node in KernelLists.Nodes(kernel.Context, kernel.SymbolAddress("slab_caches"), Losses))
        {
            var address = node - (ulong)_layout.CacheList;
            if (Losses.Try("slab cache", address, () => new SlabCache(kernel, _layout, address)) is { } cache)
                _byAddress[address] = cache;
        }
        All = [.. _byAddress.Values];
    }

    /// <summary>The caches, most recently created first, as <c>/proc/slabinfo</c> lists them.</summary>
    public IReadOnlyList<SlabCache> All { get; }

    /// <summary>What could not be read.</summary>
    public Losses Losses { get; } = new();

    /// <summary>The cache whose <c>struct kmem_cache</c> lies at an address, or null.</summary>
    public SlabCache? At(ulong address) => _byAddress.GetValueOrDefault(address);

    /// <summary>The slab in whose memory an address of the direct map lies; false if none does.</summary>
    public bool TryFind(ulong address, out Slab slab, out SlabCache cache)
    {
        (slab, cache) = (default, null!);
        var pages = _kernel.Mm.Pages;
        if (!_kernel.Memory.TryDirectMap(address, out var physical)
            || !pages.TryRead(physical >> _kernel.PageShift, out var page))
            return false;
        var head = pages.HeadOf(page);
        if (!IsSlab(head) || !TryRead(head.Address, out slab) || At(slab.Cache) is not { } found)
            return false;
        cache = found;
        return true;
    }

    /// <summary>Whether a page is the first of a slab.</summary>
    public bool IsSlab(PageDescriptor page) =>
        _hasPageFlag ? _kernel.Mm.Pages.Flags.IsSet(page.Flags, "slab") : _kernel.Mm.Pages.Types.NameOf(page.MapCount) == "slab";

    /// <summary>Reads the slab whose <c>struct slab</c> lies at an address.</summary>
    public bool TryRead(ulong address, out Slab slab)
    {
        slab = default;
        Span<byte> bytes = stackalloc byte[SlabLayout.MostSlabBytes];
        bytes = bytes[.._layout.SlabSize];
        if (!_kernel.Mm.Pages.TryFrameOf(address, out var frame) || !_kernel.Memory.TryRead(address, bytes, out _))
            return false;
        var counters = Word(bytes, _layout.SlabCounters);
        slab = new Slab(address, _kernel.Mm.VirtualOf(frame << _kernel.PageShift), Word(bytes, _layout.SlabCache),
            Word(bytes, _layout.SlabFreelist), SlabLayout.Bits(counters, _layout.Objects),
            SlabLayout.Bits(counters, _layout.InUse),
            SlabLayout.Bits(counters, _layout.Frozen) != 0);
        return true;
    }

    /// <summary>How full a cache is. Objects that wait on a CPU's list or in a sheaf count as free.</summary>
    /// <param name="cache">The cache.</param>
    /// <param name="losses">Gets what could not be counted.</param>
    public SlabUsage UsageOf(SlabCache cache, Losses losses)
    {
        ulong total = 0, slabs = 0, free = 0;
        foreach (var node in NodesOf(cache, losses))
        {
            total += Counter(node, _layout.NodeTotal, losses);
            slabs += Counter(node, _layout.NodeSlabs, losses);
            foreach (var slab in PartialSlabs(node, losses))
                free += slab.Objects - Math.Min(slab.InUse, slab.Objects);
        }
        foreach (var cpu in _kernel.Cpus.Possible)
            free += FreeOnCpu(cache, cpu, losses);
        free += (ulong)SheavesOf(cache, losses).Sum(sheaf => (long)sheaf.Objects.Count);
        return new SlabUsage(total >= free ? total - free : 0, total, slabs);
    }

    /// <summary>The free objects of a slab, and where each waits; an object that is missing is allocated.</summary>
    /// <param name="cache">The slab's cache.</param>
    /// <param name="slab">The slab.</param>
    /// <param name="losses">Gets the lists that are broken.</param>
    public IReadOnlyDictionary<ulong, FreeObject> FreeObjectsOf(SlabCache cache, Slab slab, Losses losses)
    {
        var free = new Dictionary<ulong, FreeObject>();
        foreach (var entry in cache.Freelist(slab.Freelist, slab.Objects, losses))
            free[entry] = new FreeObject(FreeObjectPlace.Slab, 0);
        foreach (var cpu in _kernel.Cpus.Possible)
        {
            if (!TryCpuSlab(cache, cpu, out var list, out var current, out _) || current != slab.Address)
                continue;
            foreach (var entry in cache.Freelist(list, slab.Objects, losses))
                free[entry] = new FreeObject(FreeObjectPlace.Cpu, cpu);
        }
        var end = slab.Start + (ulong)slab.Objects * cache.Size;
        foreach (var (place, objects) in SheavesOf(cache, losses))
        {
            foreach (var entry in objects)
            {
                if (entry >= slab.Start && entry < end)
                    free[entry] = place;
            }
        }
        return free;
    }

    /// <summary>The slabs of a cache that have free objects and belong to no CPU.</summary>
    public IEnumerable<Slab> PartialSlabsOf(SlabCache cache, Losses losses) =>
        NodesOf(cache, losses).SelectMany(node => PartialSlabs(node, losses));

    /// <summary>
    /// The slab that a CPU allocates from and those that it keeps beside (<c>kmem_cache_cpu</c>); none since 7.0.
    /// </summary>
    public IEnumerable<Slab> CpuSlabsOf(SlabCache cache, int cpu)
    {
        if (!TryCpuSlab(cache, cpu, out _, out var current, out var partial))
            yield break;
        if (current != 0 && TryRead(current, out var slab))
            yield return slab;
        for (var i = 0; i < MostCpuPartial && partial != 0 && TryRead(partial, out slab); i++)
        {
            yield return slab;
            if (_layout.SlabNext < 0 || !_kernel.Memory.TryReadWord(partial + (ulong)_layout.SlabNext, out partial))
                yield break;
        }
    }

    private ulong FreeOnCpu(SlabCache cache, int cpu, Losses losses)
    {
        if (!TryCpuSlab(cache, cpu, out var list, out var current, out _))
            return 0;
        ulong free = 0;
        foreach (var slab in CpuSlabsOf(cache, cpu))
        {
            free += slab.Objects - Math.Min(slab.InUse, slab.Objects);
            if (slab.Address == current)
                free += (ulong)cache.Freelist(list, slab.Objects, losses).Count();
        }
        return free;
    }

    private bool TryCpuSlab(SlabCache cache, int cpu, out ulong freelist, out ulong slab, out ulong partial)
    {
        (freelist, slab, partial) = (0, 0, 0);
        if (_layout.CachePerCpu < 0 || _layout.CpuSlab < 0
            || !_kernel.Memory.TryReadWord(cache.Address + (ulong)_layout.CachePerCpu, out var percpu) || percpu == 0)
            return false;
        var at = _kernel.Cpus.AddressOf(percpu, cpu);
        if (_layout.CpuPartial >= 0)
            _kernel.Memory.TryReadWord(at + (ulong)_layout.CpuPartial, out partial);
        return _kernel.Memory.TryReadWord(at + (ulong)_layout.CpuFreelist, out freelist)
            && _kernel.Memory.TryReadWord(at + (ulong)_layout.CpuSlab, out slab);
    }

    private IEnumerable<Slab> PartialSlabs(ulong node, Losses losses)
    {
        foreach (var link in KernelLists.Nodes(_kernel.Context, node + (ulong)_layout.NodePartial, losses))
        {
            if (TryRead(link - (ulong)_layout.SlabLink, out var slab))
                yield return slab;
        }
    }

    // Only nodes that are online have a pointer; the array ends with the last node that can exist.
    private IEnumerable<ulong> NodesOf(SlabCache cache, Losses losses)
    {
        foreach (var (number, _) in _kernel.Mm.Zones.Nodes)
        {
            if (!_kernel.Memory.TryReadWord(
                cache.Address + (ulong)(_layout.NodePointers + number * _layout.NodeStride), out var node, out var fault))
                losses.Add($"slab cache {cache.Name}, node {number}: {fault}");
            else if (node != 0)
                yield return node;
        }
    }

    private IEnumerable<(FreeObject Place, IReadOnlyList<ulong> Objects)> SheavesOf(SlabCache cache, Losses losses)
    {
        if (_layout.CacheSheaves < 0)
            yield break;
        var layout = new SheafLayout(_kernel.Types);
        if (_kernel.Memory.TryReadWord(cache.Address + (ulong)_layout.CacheSheaves, out var percpu) && percpu != 0)
        {
            foreach (var cpu in _kernel.Cpus.Possible)
            {
                foreach (var (member, place) in layout.PerCpuMembers)
                {
                    if (_kernel.Memory.TryReadWord(_kernel.Cpus.AddressOf(percpu, cpu) + (ulong)member, out var sheaf)
                        && sheaf != 0)
                        yield return (new FreeObject(place, cpu), ObjectsOf(layout, cache, sheaf, losses));
                }
            }
        }
        foreach (var (number, sheaf) in BarnSheaves(cache, layout, losses))
            yield return (new FreeObject(FreeObjectPlace.Node, number), ObjectsOf(layout, cache, sheaf, losses));
    }

    private IEnumerable<(int Node, ulong Sheaf)> BarnSheaves(SlabCache cache, SheafLayout layout, Losses losses)
    {
        foreach (var (number, _) in _kernel.Mm.Zones.Nodes)
        {
            if (!TryBarn(cache, number, out var barn) || barn == 0)
                continue;
            foreach (var link in KernelLists.Nodes(_kernel.Context, barn + (ulong)layout.BarnFull, losses))
                yield return (number, link - (ulong)layout.BarnLink);
        }
    }

    private bool TryBarn(SlabCache cache, int node, out ulong barn)
    {
        barn = 0;
        if (_layout.Barn >= 0)
            return _kernel.Memory.TryReadWord(cache.Address + (ulong)(_layout.Barn + node * _layout.NodeStride), out barn);
        return _layout.NodeBarn >= 0
            && _kernel.Memory.TryReadWord(
                cache.Address + (ulong)(_layout.NodePointers + node * _layout.NodeStride), out var owner) && owner != 0
            && _kernel.Memory.TryReadWord(owner + (ulong)_layout.NodeBarn, out barn);
    }

    private ulong[] ObjectsOf(SheafLayout layout, SlabCache cache, ulong sheaf, Losses losses)
    {
        if (!_kernel.Memory.TryReadUInt32(sheaf + (ulong)layout.Size, out var size) || size > MostInSheaf)
        {
            losses.Add($"slab cache {cache.Name}: the sheaf at 0x{sheaf:x} can't be read");
            return [];
        }
        var words = _kernel.Memory.Words;
        var length = words.At(0, size);
        var bytes = _kernel.Memory.ReadBlock(sheaf + (ulong)layout.Objects, length, _kernel.Limits, "slab_sheaf.objects");
        var objects = new ulong[size];
        for (var i = 0; i < objects.Length; i++)
            objects[i] = words.ReadWord(bytes.AsSpan(i * words.Size));
        return objects;
    }

    private ulong Counter(ulong node, int offset, Losses losses)
    {
        if (offset < 0)
            return 0;
        if (_kernel.Memory.TryReadWord(node + (ulong)offset, out var value, out var fault))
            return value;
        losses.Add(fault.ToString());
        return 0;
    }

    private ulong Word(ReadOnlySpan<byte> bytes, int offset) => _kernel.Memory.Words.ReadWord(bytes[offset..]);

    private sealed class SheafLayout
    {
        public SheafLayout(TypeCatalog types)
        {
            var sheaf = new StructLayout(types, "struct slab_sheaf");
            (Size, Objects, BarnLink) = (sheaf.Offset("size"), sheaf.Offset("objects"), sheaf.Offset("barn_list"));
            var cpu = new StructLayout(types, "struct slub_percpu_sheaves");
            PerCpuMembers =
            [
                (cpu.Offset("main"), FreeObjectPlace.Cpu), (cpu.Offset("spare"), FreeObjectPlace.Cpu),
                (cpu.Offset("rcu_free"), FreeObjectPlace.Rcu),
            ];
            BarnFull = new StructLayout(types, "struct node_barn").Offset("sheaves_full");
        }

        public int Size { get; }
        public int Objects { get; }
        public int BarnLink { get; }
        public int BarnFull { get; }
        public (int Offset, FreeObjectPlace Place)[] PerCpuMembers { get; }
    }
}

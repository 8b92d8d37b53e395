using Panicle.Kernel.Values;
using Panicle.Symbols;

namespace Panicle.Kernel.Mm;

/// <summary>
/// Where SLUB keeps what (mm/slub.c, mm/slab.h). A slab's own words overlay <c>struct page</c>: they are members of it
/// before 5.17, and of <c>struct slab</c> since.
/// </summary>
internal sealed class SlabLayout
{
    public SlabLayout(TypeCatalog types, int wordSize)
    {
        var slab = types.Parse("struct slab") is { Kind: TypeKind.Struct } own ? own : types.Required("struct page");
        SlabType = slab.Name;
        // It lies over a struct page, which has 64 bytes or a little more with some debugging.
        SlabSize = slab.Size <= MostSlabBytes
            ? (int)slab.Size
            : throw new KernelReadException($"the kernel's types are damaged: struct slab of {slab.Size} bytes");
        SlabCache = Offset(slab, "slab_cache");
        SlabFreelist = Offset(slab, "freelist");
        SlabCounters = Offset(slab, "counters");
        SlabLink = slab.HasMember("slab_list") ? Offset(slab, "slab_list") : Offset(slab, "lru");
        SlabNext = slab.HasMember("next") ? Offset(slab, "next") : -1;
        InUse = Field(slab, "inuse");
        Objects = Field(slab, "objects");
        Frozen = Field(slab, "frozen");
        var cache = new StructLayout(types, "struct kmem_cache");
        if (cache.OptionalOffset("oo") < 0)
            throw new KernelReadException("slab caches can't be read: this kernel's allocator is not SLUB");
        CacheSize = cache.Offset("size");
        CacheObjectSize = cache.Offset("object_size");
        CacheOffset = cache.Offset("offset");
        CacheOrder = cache.Offset("oo.x");
        CacheName = cache.Offset("name");
        CacheFlags = cache.Offset("flags");
        CacheList = cache.Offset("list");
        CacheRandom = cache.OptionalOffset("random"); // CONFIG_SLAB_FREELIST_HARDENED
        CacheRedLeftPad = cache.OptionalOffset("red_left_pad");
        CachePerCpu = cache.OptionalOffset("cpu_slab");
        CacheSheaves = cache.OptionalOffset("cpu_sheaves");
        (NodePointers, NodeStride, Barn) = Nodes(types, cache, wordSize);
        var node = new StructLayout(types, "struct kmem_cache_node");
        NodeBarn = node.OptionalOffset("barn"); // 6.18 and 6.19; moved beside the node's pointer in 7.0.
        NodePartial = node.Offset("partial");
        NodeSlabs = node.OptionalOffset("nr_slabs"); // CONFIG_SLUB_DEBUG
        NodeTotal = node.OptionalOffset("total_objects");
        var perCpu = new StructLayout(types, "struct kmem_cache_cpu");
        CpuFreelist = perCpu.OptionalOffset("freelist");
        CpuSlab = perCpu.OptionalOffset("slab", "page");
        CpuPartial = perCpu.OptionalOffset("partial");
    }

    public string SlabType { get; }
    public int SlabSize { get; }

    /// <summary>More bytes than a <c>struct slab</c> has.</summary>
    public const int MostSlabBytes = 256;
    public int SlabCache { get; }
    public int SlabFreelist { get; }
    public int SlabCounters { get; }
    public int SlabLink { get; }
    public int SlabNext { get; }
    public (int Shift, int Width) InUse { get; }
    public (int Shift, int Width) Objects { get; }
    public (int Shift, int Width) Frozen { get; }
    public int CacheSize { get; }
    public int CacheObjectSize { get; }
    public int CacheOffset { get; }
    public int CacheOrder { get; }
    public int CacheName { get; }
    public int CacheFlags { get; }
    public int CacheList { get; }
    public int CacheRandom { get; }
    public int CacheRedLeftPad { get; }
    public int CachePerCpu { get; }
    public int CacheSheaves { get; }
    public int NodePointers { get; }
    public int NodeStride { get; }
    public int Barn { get; }
    public int NodeBarn { get; }
    public int NodePartial { get; }
    public int NodeSlabs { get; }
    public int NodeTotal { get; }
    public int CpuFreelist { get; }
    public int CpuSlab { get; }
    public int CpuPartial { get; }

    /// <summary>One of the bit-fields of a slab's counters.</summary>
    public static uint Bits(ulong counters, (int Shift, int Width) field) =>
        (uint)(counters >> field.Shift & ((1UL << field.Width) - 1));

    // An array of pointers, or since 7.0 one of pairs of pointers.
    private static (int Pointers, int Stride, int Barn) Nodes(TypeCatalog types, StructLayout cache, int wordSize)
    {
        if (cache.OptionalOffset("node") is >= 0 and var pointers)
            return (pointers, wordSize, -1);
        var pairs = cache.Offset("per_node");
        var pair = new StructLayout(types, "struct kmem_cache_per_node_ptrs");
        return (pairs + pair.Offset("node"), pair.Size, pairs + pair.Offset("barn"));
    }

    private static int Offset(KernelType type, string member) => type.TryFindMember(member, out var found)
        ? (int)found.Offset
        : throw new KernelReadException($"struct {type.Name} has no member {member} in this kernel");

    // The bit-fields share one word with "counters".
    private (int Shift, int Width) Field(KernelType type, string member) => type.TryFindMember(member, out var found)
        ? ((int)found.BitOffset - SlabCounters * 8, (int)found.BitSize)
        : throw new KernelReadException($"struct {type.Name} has no member {member} in this kernel");
}

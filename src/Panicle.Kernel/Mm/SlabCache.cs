using System.Buffers.Binary;

namespace Panicle.Kernel.Mm;

/// <summary>A slab cache of SLUB (<c>struct kmem_cache</c>, mm/slab.h).</summary>
public sealed class SlabCache
{
    private const ulong RedZone = 0x400; // SLAB_RED_ZONE

    private readonly KernelDump _kernel;
    private readonly SlabLayout _layout;
    private readonly ulong _random;
    private readonly uint _offset;
    private readonly uint _redLeftPad;

    internal SlabCache(KernelDump kernel, SlabLayout layout, ulong address)
    {
        (_kernel, _layout, Address) = (kernel, layout, address);
        Name = kernel.Memory.ReadString(Word(layout.CacheName), 128, "kmem_cache.name");
        ObjectSize = Int(layout.CacheObjectSize);
        Size = Int(layout.CacheSize);
        if (Size is 0 or > 1 << 30)
            throw new KernelReadException($"slab cache {Name}: objects of {Size} bytes are not plausible");
        var order = Int(layout.CacheOrder);
        (Order, ObjectsPerSlab) = ((int)(order >> 16), order & 0xffff);
        _offset = Int(layout.CacheOffset);
        _random = layout.CacheRandom >= 0 ? Word(layout.CacheRandom) : 0;
        _redLeftPad = layout.CacheRedLeftPad >= 0 && (Int(layout.CacheFlags) & RedZone) != 0 ? Int(layout.CacheRedLeftPad) : 0;
    }

    /// <summary>Address of the <c>struct kmem_cache</c>.</summary>
    public ulong Address { get; }

    /// <summary>Its name, as <c>/proc/slabinfo</c> shows it.</summary>
    public string Name { get; }

    /// <summary>Bytes of an object that its user sees.</summary>
    public uint ObjectSize { get; }

    /// <summary>Bytes that an object takes, the allocator's own included.</summary>
    public uint Size { get; }

    /// <summary>New slabs are 2^Order pages.</summary>
    public int Order { get; }

    /// <summary>Objects of a new slab.</summary>
    public uint ObjectsPerSlab { get; }

    /// <summary>Where an object of a slab starts.</summary>
    internal ulong ObjectAt(Slab slab, uint index) => slab.Start + (ulong)index * Size + _redLeftPad;

    /// <summary>
    /// The object of a slab in whose memory an address lies; null where there is none (the slab's unused tail).
    /// </summary>
    public ulong? ObjectContaining(Slab slab, ulong address)
    {
        var index = (address - slab.Start) / Size;
        return address >= slab.Start && index < slab.Objects ? ObjectAt(slab, (uint)index) : null;
    }

    /// <summary>The objects on a freelist, until its end, a broken link, or more links than a slab has objects.</summary>
    internal IEnumerable<ulong> Freelist(ulong first, uint most, Losses? losses)
    {
        uint count = 0;
        for (var entry = first; entry != 0; count++)
        {
            if (count >= most || !_kernel.Memory.IsKernelAddress(entry))
            {
                losses?.Add($"a freelist of slab cache {Name} is damaged: it leads to 0x{entry:x} after {count} objects");
                yield break;
            }
            yield return entry;
            var link = entry + _offset;
            if (!_kernel.Memory.TryReadWord(link, out var stored, out var fault))
            {
                losses?.Add($"a freelist of slab cache {Name} breaks off: {fault}");
                yield break;
            }
            entry = Decode(stored, link);
        }
    }

    // CONFIG_SLAB_FREELIST_HARDENED: the pointer is stored mixed with the cache's random number and its own address,
    // bytes swapped since 5.7.
    private ulong Decode(ulong stored, ulong link) =>
        _layout.CacheRandom < 0 ? stored : stored ^ _random ^ BinaryPrimitives.ReverseEndianness(link);

    private ulong Word(int offset) => _kernel.Memory.ReadWord(Address + (ulong)offset, "kmem_cache");

    private uint Int(int offset) => _kernel.Memory.ReadUInt32(Address + (ulong)offset, "kmem_cache");

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>A slab: pages full of objects of one cache.</summary>
/// <param name="Address">Address of its <c>struct slab</c> (or <c>struct page</c>).</param>
/// <param name="Start">Virtual address of its first page.</param>
/// <param name="Cache">Address of its cache.</param>
/// <param name="Freelist">First free object on the slab's own list, or 0.</param>
/// <param name="Objects">How many objects it holds.</param>
/// <param name="InUse">How many of them are not on the slab's own list of free ones.</param>
/// <param name="IsFrozen">Whether a CPU allocates from it.</param>
public readonly record struct Slab(
    ulong Address, ulong Start, ulong Cache, ulong Freelist, uint Objects, uint InUse, bool IsFrozen);

/// <summary>How full a slab cache is.</summary>
/// <param name="Allocated">Objects in use.</param>
/// <param name="Total">Objects that there is room for.</param>
/// <param name="Slabs">Slabs.</param>
public sealed record SlabUsage(ulong Allocated, ulong Total, ulong Slabs);

/// <summary>Where a free object waits for its next use.</summary>
public enum FreeObjectPlace
{
    /// <summary>On the list of its slab.</summary>
    Slab,
    /// <summary>On the list of a CPU, which allocates from it without a lock.</summary>
    Cpu,
    /// <summary>Freed by kfree_rcu on a CPU: it may be read until a grace period has passed (6.18 and later).</summary>
    Rcu,
    /// <summary>In a sheaf of a memory node (6.18 and later).</summary>
    Node,
}

/// <summary>An object of a slab that isn't allocated.</summary>
/// <param name="Place">Which kind of list it is on.</param>
/// <param name="Number">The CPU's or node's number; 0 for a slab.</param>
public readonly record struct FreeObject(FreeObjectPlace Place, int Number);

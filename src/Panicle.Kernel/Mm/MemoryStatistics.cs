using Panicle.Kernel.Values;
using Panicle.Symbols;

namespace Panicle.Kernel.Mm;

/// <summary>A counter of the kernel's.</summary>
/// <param name="Name">Its name in the kernel's enum: "NR_FREE_PAGES".</param>
/// <param name="Value">Its value, in the unit that the name implies; mostly pages.</param>
public readonly record struct MemoryCounter(string Name, long Value);

/// <summary>
/// How much memory is used for what. Numbers are pages, and the same that <c>/proc/meminfo</c> would have shown at the
/// moment of the crash: like it, they leave out what CPUs hold back in their own counters (up to some dozen pages each) where
/// the kernel does, and add it up where the kernel does. Each is read when it is asked for, and throws
/// <see cref="KernelReadException"/> alone.
/// </summary>
public sealed class MemoryStatistics
{
    private const int MostHugeSizes = 8;

    private readonly KernelDump _kernel;

    internal MemoryStatistics(KernelDump kernel)
    {
        _kernel = kernel;
        _ = kernel.Symbols; // All are variables: without names there is none of them, and it is enough to say so once.
    }

    /// <summary>Memory that the kernel manages (<c>MemTotal</c>).</summary>
    public long Total => Word("_totalram_pages");

    /// <summary>Pages that nobody uses (<c>MemFree</c>).</summary>
    public long Free => ZoneCounter("NR_FREE_PAGES");

    /// <summary>Cache of block devices (<c>Buffers</c>): the pages of the inodes in <c>blockdev_superblock</c>.</summary>
    public long Buffers
    {
        get
        {
            var superblock = _kernel.Global("blockdev_superblock", "struct super_block *");
            long pages = 0;
            var inodes = superblock["s_inodes"].Address;
            foreach (var inode in KernelLists.Entries(_kernel.Context, inodes, "struct inode", "i_sb_list"))
                pages += inode["i_mapping"]["nrpages"].ToInt64();
            return pages;
        }
    }

    /// <summary>The page cache without block devices and swap cache (<c>Cached</c>).</summary>
    public long Cached => NodeCounter("NR_FILE_PAGES") - SwapCached - Buffers;

    /// <summary>Pages that are in memory and on swap as well (<c>SwapCached</c>).</summary>
    public long SwapCached => TryCounter("node_stat_item", "vm_node_stat", "NR_SWAPCACHE") ?? 0; // Counted since 5.12.

    /// <summary>Pages of slab caches, those that can be shrunk and those that can't (<c>Slab</c>).</summary>
    public long Slab => SlabReclaimable + SlabUnreclaimable;

    /// <summary>Slab caches that can be shrunk (<c>SReclaimable</c>).</summary>
    public long SlabReclaimable =>
        TryCounter("node_stat_item", "vm_node_stat", "NR_SLAB_RECLAIMABLE_B") ?? NodeCounter("NR_SLAB_RECLAIMABLE");

    /// <summary>Slab caches that can't be shrunk (<c>SUnreclaim</c>).</summary>
    public long SlabUnreclaimable =>
        TryCounter("node_stat_item", "vm_node_stat", "NR_SLAB_UNRECLAIMABLE_B") ?? NodeCounter("NR_SLAB_UNRECLAIMABLE");

    /// <summary>Memory of processes that is no file's (<c>AnonPages</c>).</summary>
    public long Anonymous => NodeCounter("NR_ANON_MAPPED");

    /// <summary>Shared memory and tmpfs (<c>Shmem</c>).</summary>
    public long Shared => NodeCounter("NR_SHMEM");

    /// <summary>Pages that wait to be written to disk (<c>Dirty</c>).</summary>
    public long Dirty => NodeCounter("NR_FILE_DIRTY");

    /// <summary>Pages that are being written to disk (<c>Writeback</c>).</summary>
    public long Writeback => NodeCounter("NR_WRITEBACK");

    /// <summary>Page tables (<c>PageTables</c>). A counter of the zones until 5.10.</summary>
    public long PageTables => TryCounter("node_stat_item", "vm_node_stat", "NR_PAGETABLE") ?? ZoneCounter("NR_PAGETABLE");

    /// <summary>Pages that all swap devices have room for (<c>SwapTotal</c>).</summary>
    public long SwapTotal => Word("total_swap_pages");

    /// <summary>Swap space that is free (<c>SwapFree</c>).</summary>
    public long SwapFree => Word("nr_swap_pages");

    /// <summary>Pages in the pools of huge pages, of all sizes.</summary>
    public long HugeTotal => HugePages("nr_huge_pages");

    /// <summary>Those of <see cref="HugeTotal"/> that are free.</summary>
    public long HugeFree => HugePages("free_huge_pages");

    /// <summary>How much may be promised in strict overcommit mode (<c>CommitLimit</c>).</summary>
    public long CommitLimit
    {
        get
        {
            var kilobytes = Word("sysctl_overcommit_kbytes");
            var ratio = (int)_kernel.Memory.ReadUInt32(
                _kernel.SymbolAddress("sysctl_overcommit_ratio"), "sysctl_overcommit_ratio");
            return (kilobytes > 0 ? kilobytes / (long)(_kernel.PageSize / 1024) : (Total - HugeTotal) * ratio / 100) + SwapTotal;
        }
    }

    /// <summary>What processes have been promised (<c>Committed_AS</c>): the counter and each CPU's part of it.</summary>
    public long Committed
    {
        get
        {
            var counter = _kernel.Global("vm_committed_as", "struct percpu_counter");
            var sum = counter["count"].ToInt64();
            var parts = counter["counters"].ToUInt64();
            foreach (var cpu in _kernel.Cpus.Possible)
                sum += (int)_kernel.Memory.ReadUInt32(_kernel.Cpus.AddressOf(parts, cpu), "vm_committed_as.counters");
            return Math.Max(sum, 0);
        }
    }

    /// <summary>The counters of all zones together (<c>vm_zone_stat</c>).</summary>
    public IReadOnlyList<MemoryCounter> ZoneCounters => Counters("zone_stat_item", _kernel.SymbolAddress("vm_zone_stat"));

    /// <summary>The counters of all nodes together (<c>vm_node_stat</c>).</summary>
    public IReadOnlyList<MemoryCounter> NodeCounters => Counters("node_stat_item", _kernel.SymbolAddress("vm_node_stat"));

    /// <summary>What the memory management did since boot: the sum over all CPUs (<c>vm_event_states</c>).</summary>
    public IReadOnlyList<MemoryCounter> Events
    {
        get
        {
            var variable = _kernel.SymbolAddress("vm_event_states");
            var names = Names("vm_event_item");
            var sums = new long[names.Count];
            foreach (var cpu in _kernel.Cpus.Online)
            {
                var counters = Read(_kernel.Cpus.AddressOf(variable, cpu), names);
                for (var i = 0; i < sums.Length; i++)
                    sums[i] += counters[i].Value;
            }
            return [.. names.Select((name, i) => new MemoryCounter(name.Name, sums[i]))];
        }
    }

    /// <summary>The counters of one zone.</summary>
    public IReadOnlyList<MemoryCounter> CountersOf(MemoryZone zone) => Counters("zone_stat_item", zone.Value["vm_stat"].Address);

    /// <summary>One counter of all zones together.</summary>
    public long ZoneCounter(string name) =>
        TryCounter("zone_stat_item", "vm_zone_stat", name) ?? throw Uncounted("zone_stat_item", name);

    /// <summary>One counter of all nodes together.</summary>
    public long NodeCounter(string name) =>
        TryCounter("node_stat_item", "vm_node_stat", name) ?? throw Uncounted("node_stat_item", name);

    // Where the types are damaged, what the kernel counts isn't known.
    private KernelReadException Uncounted(string enumeration, string name) =>
        new(_kernel.Types.Find(TypeKind.Enum, enumeration) is null
            ? $"{name} can't be found: the types that the dump has lack enum {enumeration}"
            : $"this kernel doesn't count {name}");

    private long? TryCounter(string enumeration, string variable, string name)
    {
        foreach (var (known, index) in _kernel.Types.Find(TypeKind.Enum, enumeration)?.Enumerators ?? [])
        {
            if (known == name)
            {
                var counters = _kernel.SymbolAddress(variable);
                return Math.Max(_kernel.Memory.ReadSignedWord(_kernel.Memory.Words.At(counters, index), variable), 0);
            }
        }
        return null;
    }

    private IReadOnlyList<MemoryCounter> Counters(string enumeration, ulong address) => Read(address, Names(enumeration));

    private List<MemoryCounter> Read(ulong address, IReadOnlyList<Enumerator> names)
    {
        var longest = names.Count == 0 ? 0 : names.Max(name => name.Value) + 1;
        var words = _kernel.Memory.Words;
        var bytes = _kernel.Memory.ReadBlock(address, words.At(0, longest), _kernel.Limits, "counters");
        return [.. names.Select(name => new MemoryCounter(name.Name, Counter((int)name.Value)))];

        long Counter(int index) => words.ReadSignedWord(bytes.AsSpan(index * words.Size));
    }

    // The counters themselves: not the names that only mark where a group starts or how many there are.
    private IReadOnlyList<Enumerator> Names(string enumeration)
    {
        var all = _kernel.Types.Find(TypeKind.Enum, enumeration)?.Enumerators
            ?? throw new KernelReadException($"this kernel has no enum {enumeration}");
        return [.. all.Where(name => name.Value is >= 0 and < 1024 && !IsMark(name.Name))];
    }

    private static bool IsMark(string name) => name.EndsWith("_BASE", StringComparison.Ordinal)
        || name is "NR_VM_ZONE_STAT_ITEMS" or "NR_VM_NODE_STAT_ITEMS" or "NR_VM_EVENT_ITEMS";

    private long HugePages(string member)
    {
        var sizes = _kernel.Memory.ReadUInt32(_kernel.SymbolAddress("hugetlb_max_hstate"), "hugetlb_max_hstate");
        var states = _kernel.SymbolAddress("hstates");
        long pages = 0;
        for (uint i = 0; i < Math.Min(sizes, MostHugeSizes); i++)
        {
            var size = _kernel.At(states, "struct hstate").Type.Size;
            var state = _kernel.At(states + i * size, "struct hstate");
            pages += state[member].ToInt64() << (int)Math.Min(state["order"].ToUInt64(), 32);
        }
        return pages;
    }

    private long Word(string symbol) => _kernel.Memory.ReadSignedWord(_kernel.SymbolAddress(symbol), symbol);
}

using Panicle.Dumps;

namespace Panicle.Kernel.Arch.X86_64;

/// <summary>
/// Walks 4- and 5-level page tables (Intel SDM volume 3, chapter 4; Documentation/arch/x86/x86_64/5level-paging.rst).
/// </summary>
internal sealed class X86_64PageTable
{
    private const ulong Present = 1;
    private const ulong Large = 1 << 7;
    private const ulong Global = 1 << 8; // In a not-present entry this is the kernel's _PAGE_PROTNONE.
    private const ulong PhysicalMask = 0x000f_ffff_ffff_f000;

    private const int TableBytes = 4096;
    private const int MostTables = 64 * 1024;

    private static readonly string[] Levels = ["PGD", "P4D", "PUD", "PMD", "PTE"];

    private readonly IPhysicalMemory _memory;
    private readonly ulong _root;
    private readonly bool _fiveLevels;
    private readonly ulong _addressMask;

    /// <param name="memory">Memory that holds the tables.</param>
    /// <param name="root">Physical address of the top-level table.</param>
    /// <param name="fiveLevels">Whether CR4.LA57 was set.</param>
    /// <param name="encryptionMask">The bit that marks encrypted pages (<c>NUMBER(sme_mask)</c>), 0 without SME.</param>
    public X86_64PageTable(IPhysicalMemory memory, ulong root, bool fiveLevels, ulong encryptionMask)
    {
        _memory = memory;
        _root = root & PhysicalMask;
        _fiveLevels = fiveLevels;
        _addressMask = PhysicalMask & ~encryptionMask;
    }

    /// <summary>
    /// What the number of a swap area and a page of it in an entry mean, for a person; null where nobody knows.
    /// </summary>
    public Func<int, ulong, string?>? DescribeSwap { get; init; }

    public bool TryWalk(ulong address, bool withSteps, out Translation translation, out MemoryFault fault)
    {
        translation = default;
        if (!IsCanonical(address))
        {
            fault = new MemoryFault(PageState.Unmapped, address, "not a canonical address");
            return false;
        }
        var steps = withSteps ? new List<PageTableStep>(5) : null;
        var table = _root;
        Span<byte> bytes = stackalloc byte[8];
        for (var shift = _fiveLevels ? 48 : 39; ; shift -= 9)
        {
            var level = LevelName(shift);
            var entryAddress = table + ((address >> shift) & 0x1ff) * 8;
            if (!_memory.TryRead(entryAddress, bytes, out var tableFault))
            {
                fault = new MemoryFault(tableFault.State == PageState.Hole ? PageState.Unmapped : tableFault.State, address,
                    $"its {level} entry at physical 0x{entryAddress:x} can't be read");
                return false;
            }
            var entry = BitConverter.ToUInt64(bytes);
            steps?.Add(new PageTableStep(level, entryAddress, entry));
            if ((entry & Present) == 0 && !IsProtNone(entry, shift))
            {
                translation = new Translation(0, 0, steps ?? []);
                fault = new MemoryFault(
                    PageState.Unmapped, address, WhyNotPresent(new PageTableStep(level, entryAddress, entry), shift));
                return false;
            }
            var isLeaf = shift == 12 || (shift is 21 or 30 && (entry & Large) != 0);
            if (isLeaf)
            {
                var size = 1UL << shift;
                var frame = PhysicalOf(entry) & ~(size - 1);
                translation = new Translation(frame + (address & (size - 1)), size, (IReadOnlyList<PageTableStep>?)steps ?? []);
                fault = default;
                return true;
            }
            table = entry & _addressMask;
        }
    }

    /// <summary>The pages that hold the tables of the upper half, each once; those that can't be read lead no further.</summary>
    public IEnumerable<ulong> KernelTables()
    {
        var seen = new HashSet<ulong> { _root };
        var tables = new Queue<(ulong Table, int Shift)>();
        tables.Enqueue((_root, _fiveLevels ? 48 : 39));
        var bytes = new byte[TableBytes];
        while (tables.TryDequeue(out var next))
        {
            yield return next.Table;
            if (next.Shift == 12 || !_memory.TryRead(next.Table, bytes, out _))
                continue;
            for (var at = next.Table == _root ? TableBytes / 2 : 0; at < TableBytes && seen.Count < MostTables; at += 8)
            {
                var entry = BitConverter.ToUInt64(bytes, at);
                var isTable = (entry & Present) != 0 && !(next.Shift is 21 or 30 && (entry & Large) != 0);
                if (isTable && _memory.StateOf(entry & _addressMask) != PageState.Hole && seen.Add(entry & _addressMask))
                    tables.Enqueue((entry & _addressMask, next.Shift - 9));
            }
        }
    }

    // An entry of the last level holds what the page became: a slot of swap, or what migration and the like keep there.
    private string? WhyNotPresent(PageTableStep step, int shift)
    {
        if (step.Entry == 0)
            return null;
        var entry = $"{step.Level} entry 0x{step.Entry:x}";
        if (shift != 12)
            return $"{entry} is not present";
        var (type, page) = X86_64PageFlags.SwapEntry(step.Entry);
        return DescribeSwap?.Invoke(type, page) is { } place
            ? $"{place}; {entry}"
            : $"{entry} is not present: {string.Join(", ", X86_64PageFlags.NamesOf(step))}";
    }

    private bool IsCanonical(ulong address)
    {
        var bits = _fiveLevels ? 56 : 47;
        var upper = (long)address >> bits;
        return upper is 0 or -1;
    }

    private static bool IsProtNone(ulong entry, int shift) => shift == 12 && (entry & Global) != 0 && (entry & Present) == 0;

    // The kernel stores the frame of a PROT_NONE entry inverted, so that speculation past the fault finds no memory
    // (L1TF; arch/x86/include/asm/pgtable-invert.h).
    private ulong PhysicalOf(ulong entry) => ((entry & Present) == 0 ? ~entry : entry) & _addressMask;

    private string LevelName(int shift) => shift switch
    {
        48 => Levels[0],
        39 => _fiveLevels ? Levels[1] : Levels[0],
        30 => Levels[2],
        21 => Levels[3],
        _ => Levels[4],
    };
}

using Panicle.Dumps;

namespace Panicle.Kernel.Arch;

/// <summary>How one virtual page is mapped.</summary>
/// <param name="Physical">Physical address that the virtual address stands for.</param>
/// <param name="PageSize">Size in bytes of the page that maps it (4 KiB, 2 MiB, 1 GiB).</param>
/// <param name="Steps">The page-table entries that led there, top level first; empty where a fixed offset answers.</param>
public readonly record struct Translation(ulong Physical, ulong PageSize, IReadOnlyList<PageTableStep> Steps);

/// <summary>One page-table entry on the way.</summary>
/// <param name="Level">The kernel's name of the level: PGD, P4D, PUD, PMD, PTE.</param>
/// <param name="EntryAddress">Physical address of the entry.</param>
/// <param name="Entry">Its value.</param>
public readonly record struct PageTableStep(string Level, ulong EntryAddress, ulong Entry);

/// <summary>Virtual memory as one page table maps it onto a dump's physical memory. Thread-safe.</summary>
public abstract class AddressSpace : IMemory
{
    private const int CacheSlots = 1024;
    private const ulong PageMask = IMemory.SmallestPage - 1;

    // A cache of translations that needs no lock: a slot is valid only if key ^ value gives back the page looked
    // for, so a slot torn by two writers is seen as empty.
    private readonly ulong[] _cacheKeys = new ulong[CacheSlots];
    private readonly ulong[] _cacheValues = new ulong[CacheSlots];

    /// <summary>The memory that is mapped.</summary>
    public IPhysicalMemory Physical { get; }

    /// <inheritdoc/>
    public WordFormat Words { get; }

    /// <summary>Creates a space over a dump's physical memory.</summary>
    protected AddressSpace(IPhysicalMemory physical, WordFormat words) => (Physical, Words) = (physical, words);

    /// <summary>Translates one address, keeping the steps if they are asked for.</summary>
    public abstract bool TryTranslate(ulong address, bool withSteps, out Translation translation, out MemoryFault fault);

    /// <inheritdoc/>
    public bool TryRead(ulong address, Span<byte> buffer, out MemoryFault fault)
    {
        while (!buffer.IsEmpty)
        {
            if (!TryTranslateRun(address, buffer.Length, out var physical, out var length, out fault))
                return false;
            if (!Physical.TryRead(physical, buffer[..length], out fault))
            {
                // Say the virtual address: it is what the caller asked for.
                fault = fault with { Address = address + (fault.Address - physical) };
                return false;
            }
            address += (ulong)length;
            buffer = buffer[length..];
        }
        fault = default;
        return true;
    }

    /// <summary>Physical address of a virtual one; false if it isn't mapped. Goes through the cache.</summary>
    public bool TryPhysical(ulong address, out ulong physical)
    {
        var ok = TryTranslatePage(address & ~PageMask, out var page, out _);
        physical = page + (address & PageMask);
        return ok;
    }

    /// <summary>
    /// How many of the next <paramref name="length"/> bytes are physically contiguous, and where. The default answers
    /// page by page; spaces with linear ranges answer for the whole range at once.
    /// </summary>
    protected virtual bool TryTranslateRun(ulong address, int length, out ulong physical, out int run, out MemoryFault fault)
    {
        run = (int)Math.Min((ulong)length, PageMask + 1 - (address & PageMask));
        var ok = TryTranslatePage(address & ~PageMask, out var page, out fault);
        physical = page + (address & PageMask);
        if (!ok)
            fault = fault with { Address = address };
        return ok;
    }

    private bool TryTranslatePage(ulong page, out ulong physical, out MemoryFault fault)
    {
        var slot = (int)(page / IMemory.SmallestPage % CacheSlots);
        var value = Volatile.Read(ref _cacheValues[slot]);
        if (value != 0 && (Volatile.Read(ref _cacheKeys[slot]) ^ value) == page)
        {
            // The low bit keeps physical page 0 apart from an empty slot.
            physical = value & ~PageMask;
            fault = default;
            return true;
        }
        if (!TryTranslate(page, withSteps: false, out var translation, out fault))
        {
            physical = 0;
            return false;
        }
        physical = translation.Physical;
        value = physical | 1;
        Volatile.Write(ref _cacheKeys[slot], page ^ value);
        Volatile.Write(ref _cacheValues[slot], value);
        return true;
    }
}

/// <summary>The kernel's address space: the page tables plus the linear ranges that need none.</summary>
public abstract class KernelAddressSpace : AddressSpace
{
    /// <summary>Creates the space over a dump's physical memory.</summary>
    protected KernelAddressSpace(IPhysicalMemory physical, WordFormat words) : base(physical, words)
    {
    }

    /// <summary>Virtual addresses at which the kernel image may lie, at most.</summary>
    public abstract AddressRange ImageRange { get; }

    /// <summary>Whether an address is in the kernel's half of the address space.</summary>
    public abstract bool IsKernelAddress(ulong address);

    /// <summary>Address of the top-level table of the kernel's own page tables.</summary>
    public abstract ulong RootTable { get; }

    /// <summary>Where the direct map of all physical memory has the physical address 0, or would have it.</summary>
    /// <exception cref="KernelReadException">The kernel's names can't be read: one of its variables says where.</exception>
    public abstract ulong DirectMapBase { get; }

    /// <summary>Where the array of <c>struct page</c> (<c>vmemmap</c>) has that of physical page 0, or would have it.</summary>
    /// <exception cref="KernelReadException">The kernel's names can't be read: one of its variables says where.</exception>
    public abstract ulong PageMapBase { get; }

    /// <summary>The physical address of one in the direct map; false if the address isn't in it.</summary>
    public abstract bool TryDirectMap(ulong address, out ulong physical);

    /// <summary>
    /// The part of the address space that an address is in. Where the kernel's names can't be read, none is in those that
    /// variables of the kernel place: the direct map, vmalloc's, and the array of <c>struct page</c>.
    /// </summary>
    public abstract MemoryRegion RegionOf(ulong address);

    /// <summary>
    /// Physical addresses of the pages that hold the kernel's own page tables, as far as they can be read;
    /// at most some tens of thousands.
    /// </summary>
    public abstract IEnumerable<ulong> TablePages();
}

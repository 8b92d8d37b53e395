namespace Panicle.Kernel.Mm;

/// <summary>A section of memory whose pages have a <c>struct page</c>.</summary>
/// <param name="First">Its first frame.</param>
/// <param name="End">One past its last.</param>
/// <param name="Map">Address of the first frame's <c>struct page</c>.</param>
internal readonly record struct MemorySection(ulong First, ulong End, ulong Map);

/// <summary>
/// The kernel's table of memory sections (CONFIG_SPARSEMEM, include/linux/mmzone.h), found through VMCOREINFO alone: 128 MB of
/// memory each on x86-64, each with its part of the array of <c>struct page</c>.
/// </summary>
internal sealed class MemorySections
{
    private const ulong MarkedPresent = 1; // SECTION_MARKED_PRESENT
    private const ulong HasMap = 2; // SECTION_HAS_MEM_MAP
    private const int MostRoots = 1 << 20;

    private readonly KernelDump _kernel;
    private readonly WordFormat _words;
    private readonly ulong _table;
    private readonly long _roots;
    private readonly int _entrySize;
    private readonly int _mapOffset;
    private readonly int _entriesPerRoot;
    private readonly bool _isExtreme;
    private readonly ulong _flagMask;
    private readonly ulong _pages;

    /// <summary>Finds the table of sections (<c>mem_section</c>); sections are read when they are asked for.</summary>
    /// <exception cref="KernelReadException">VMCOREINFO doesn't say where it is.</exception>
    public MemorySections(KernelDump kernel)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        _kernel = kernel;
        _words = kernel.Memory.Words;
        var info = kernel.Info;
        _table = info.Symbol("mem_section") ?? throw Missing("SYMBOL(mem_section)");
        _roots = info.LengthOf("mem_section") ?? throw Missing("LENGTH(mem_section)");
        _entrySize = (int)(info.SizeOf("mem_section") ?? throw Missing("SIZE(mem_section)"));
        _mapOffset = (int)(info.OffsetOf("mem_section.section_mem_map") ?? 0);
        var sectionBits = info.Number("SECTION_SIZE_BITS") ?? throw Missing("NUMBER(SECTION_SIZE_BITS)");
        var memoryBits = info.Number("MAX_PHYSMEM_BITS") ?? throw Missing("NUMBER(MAX_PHYSMEM_BITS)");
        var isEntry = _entrySize is > 0 and <= 256 && _mapOffset >= 0 && _mapOffset <= _entrySize - _words.Size;
        if (_roots is <= 0 or > MostRoots || !isEntry || sectionBits is < 20 or > 40 || memoryBits is < 30 or > 60)
            throw new KernelReadException("the table of memory sections makes no sense in VMCOREINFO");
        _pages = 1UL << (int)(sectionBits - kernel.PageShift);
        _flagMask = kernel.PageSize - 1; // The map is aligned to a page; the flags are in the bits below.
        // SPARSEMEM_EXTREME: a table of pointers to pages full of sections; else one table of all sections.
        _isExtreme = _roots < 1L << (int)(memoryBits - sectionBits);
        _entriesPerRoot = _isExtreme ? (int)kernel.PageSize / _entrySize : (int)_roots;
    }

    /// <summary>What could not be read; complete once <see cref="All"/> was walked.</summary>
    public Losses Losses { get; } = new();

    /// <summary>The sections that there are, ascending.</summary>
    /// <param name="structSize">Size of a <c>struct page</c> in bytes.</param>
    public IEnumerable<MemorySection> All(int structSize)
    {
        if (!_isExtreme)
            return InRoot(_table, 0, structSize);
        return Roots().SelectMany(root => InRoot(root.Address, root.First, structSize));
    }

    private IEnumerable<(ulong Address, ulong First)> Roots()
    {
        var bytes = new byte[_roots * _words.Size];
        if (!_kernel.Memory.TryRead(_table, bytes, out var fault))
            throw new KernelReadException("the table of memory sections", fault);
        for (var i = 0; i < _roots; i++)
        {
            var address = _words.ReadWord(bytes.AsSpan(i * _words.Size));
            if (address != 0)
                yield return (address, (ulong)i * (ulong)_entriesPerRoot * _pages);
        }
    }

    private IEnumerable<MemorySection> InRoot(ulong address, ulong first, int structSize)
    {
        var bytes = new byte[_entriesPerRoot * _entrySize];
        if (!_kernel.Memory.TryRead(address, bytes, out var fault))
        {
            Losses.Add($"memory sections from frame 0x{first:x} on", fault.ToString());
            yield break;
        }
        for (var i = 0; i < _entriesPerRoot; i++)
        {
            var coded = _words.ReadWord(bytes.AsSpan(i * _entrySize + _mapOffset));
            if ((coded & (MarkedPresent | HasMap)) != (MarkedPresent | HasMap))
                continue;
            // Kept less the section's first frame, so that a frame's number is the index.
            var start = first + (ulong)i * _pages;
            yield return new MemorySection(start, start + _pages, (coded & ~_flagMask) + start * (ulong)structSize);
        }
    }

    private static KernelReadException Missing(string line) => new($"VMCOREINFO has no {line}");
}

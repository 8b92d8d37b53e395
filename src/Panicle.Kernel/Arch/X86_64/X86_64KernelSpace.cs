using Panicle.Dumps;
using Panicle.Formats.Elf;
using Panicle.Symbols;

namespace Panicle.Kernel.Arch.X86_64;

/// <summary>
/// The kernel's half on x86-64 (Documentation/arch/x86/x86_64/mm.rst): the kernel image lies linearly at
/// <c>__START_KERNEL_map</c>, all memory lies linearly at <c>page_offset_base</c>, everything else (vmalloc, modules,
/// vmemmap, per-CPU areas, cpu_entry_area) goes through <c>init_top_pgt</c>. The linear ranges need no page table,
/// so they are readable even where tables are damaged.
/// </summary>
internal sealed class X86_64KernelSpace : KernelAddressSpace
{
    private const ulong StartKernelMap = 0xffff_ffff_8000_0000;
    private const ulong KernelImageSize = 0x4000_0000; // 1 GiB: KERNEL_IMAGE_SIZE with KASLR.
    private const ulong FixedDirectMapFourLevels = 0xffff_8880_0000_0000;
    private const ulong FixedDirectMapFiveLevels = 0xff11_0000_0000_0000;

    private readonly X86_64PageTable _table;
    private readonly ulong _physicalBase;
    private readonly bool _hasDirectMap;
    private ulong _directMapBase;
    private ulong _directMapEnd;
    private ulong _vmallocBase;
    private ulong _vmemmapBase;

    public X86_64KernelSpace(IPhysicalMemory memory, ulong physicalBase, ulong rootTable, bool fiveLevels, ulong encryptionMask)
        : base(memory, WordFormat.LittleEndian64)
    {
        _physicalBase = physicalBase;
        FiveLevels = fiveLevels;
        EncryptionMask = encryptionMask;
        RootTable = rootTable;
        _table = new X86_64PageTable(memory, rootTable - StartKernelMap + physicalBase, fiveLevels, encryptionMask);
        _directMapBase = fiveLevels ? FixedDirectMapFiveLevels : FixedDirectMapFourLevels;
        _hasDirectMap = memory.Limit > 0;
    }

    public bool FiveLevels { get; }

    public ulong EncryptionMask { get; }

    public override ulong RootTable { get; }

    public override ulong DirectMapBase => _directMapBase;

    public override ulong PageMapBase => _vmemmapBase;

    /// <summary>The kernel's phys_base, by an ELF dump's segment that maps its image; null if there is none.</summary>
    public static ulong? PhysicalBaseIn(IReadOnlyList<ElfProgramHeader> segments)
    {
        foreach (var segment in segments)
        {
            // Modules lie above the image's 1 GB; a segment that starts there isn't the image.
            if (segment.Virtual >= StartKernelMap && segment.Virtual < StartKernelMap + KernelImageSize
                && segment.Physical != ulong.MaxValue)
                return segment.Physical - (segment.Virtual - StartKernelMap);
        }
        return null;
    }

    public override bool TryDirectMap(ulong address, out ulong physical)
    {
        physical = address - _directMapBase;
        return address >= _directMapBase && address < _directMapEnd;
    }


    public override AddressRange ImageRange => new(StartKernelMap, StartKernelMap + KernelImageSize);

    public override bool IsKernelAddress(ulong address) => (long)address < 0 && (long)address >> (FiveLevels ? 56 : 47) == -1;

    public override IEnumerable<ulong> TablePages() => _table.KernelTables();

    public override void UseSymbols(ISymbolTable symbols)
    {
        _directMapBase = Variable(symbols, "page_offset_base", _directMapBase);
        _vmallocBase = Variable(symbols, "vmalloc_base", FiveLevels ? 0xffa0_0000_0000_0000 : 0xffff_c900_0000_0000);
        _vmemmapBase = Variable(symbols, "vmemmap_base", FiveLevels ? 0xffd4_0000_0000_0000 : 0xffff_ea00_0000_0000);
        if (_hasDirectMap)
            _directMapEnd = _directMapBase + Physical.Limit;
    }

    // The layout is the table in Documentation/arch/x86/x86_64/mm.rst; its first three ranges move with KASLR.
    public override string RegionOf(ulong address)
    {
        if ((long)address >= 0)
            return address < (FiveLevels ? 1UL << 56 : 1UL << 47) ? "user" : "non-canonical";
        if (!IsKernelAddress(address))
            return "non-canonical";
        if (address >= _directMapBase && address < _directMapEnd)
            return "direct map";
        if (address >= _vmallocBase && address - _vmallocBase < (FiveLevels ? 12800UL : 32UL) << 40)
            return "vmalloc";
        if (address >= _vmemmapBase && address - _vmemmapBase < (FiveLevels ? 512UL : 1UL) << 40)
            return "vmemmap";
        return address switch
        {
            >= 0xffff_ffff_ff60_0000 and < 0xffff_ffff_ff60_1000 => "vsyscall page",
            >= 0xffff_ffff_ff00_0000 => "fixmap",
            >= StartKernelMap + KernelImageSize => "module area",
            >= StartKernelMap => "kernel image",
            >= 0xffff_ffef_0000_0000 and < 0xffff_ffff_0000_0000 => "EFI area",
            >= 0xffff_ff00_0000_0000 and < 0xffff_ff80_0000_0000 => "espfix area",
            >= 0xffff_fe00_0000_0000 and < 0xffff_fe80_0000_0000 => "cpu_entry_area",
            _ => "unused",
        };
    }

    private ulong Variable(ISymbolTable symbols, string name, ulong otherwise) =>
        symbols.TryFind(name, out var symbol) && this.TryReadUInt64(symbol.Address, out var value) && IsKernelAddress(value)
            ? value
            : otherwise;

    public override bool TryTranslate(ulong address, bool withSteps, out Translation translation, out MemoryFault fault)
    {
        if (!withSteps && TryLinear(address, out var physical, out _))
        {
            translation = new Translation(physical, 4096, []);
            fault = default;
            return true;
        }
        return _table.TryWalk(address, withSteps, out translation, out fault);
    }

    protected override bool TryTranslateRun(ulong address, int length, out ulong physical, out int run, out MemoryFault fault)
    {
        if (!TryLinear(address, out physical, out var end))
            return base.TryTranslateRun(address, length, out physical, out run, out fault);
        run = (int)Math.Min((ulong)length, end - address);
        fault = default;
        return true;
    }

    private bool TryLinear(ulong address, out ulong physical, out ulong end)
    {
        if (address >= StartKernelMap && address - StartKernelMap < KernelImageSize)
        {
            physical = address - StartKernelMap + _physicalBase;
            end = StartKernelMap + KernelImageSize;
            return true;
        }
        physical = address - _directMapBase;
        end = _directMapEnd;
        return address >= _directMapBase && address < _directMapEnd;
    }
}

/// <summary>A task's address space on x86-64: its own page table, for the lower half and the kernel's alike.</summary>
internal sealed class X86_64UserSpace : AddressSpace
{
    private readonly X86_64PageTable _table;

    public X86_64UserSpace(X86_64KernelSpace kernel, ulong rootTable) : base(kernel.Physical, kernel.Words) =>
        _table = new X86_64PageTable(kernel.Physical, rootTable, kernel.FiveLevels, kernel.EncryptionMask);

    public override bool TryTranslate(ulong address, bool withSteps, out Translation translation, out MemoryFault fault) =>
        _table.TryWalk(address, withSteps, out translation, out fault);
}

using Panicle.Dumps;
using Panicle.Formats.Elf;
using Panicle.Kernel.Module;
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
    private const ulong PageSize = 4096;
    private const ulong FixedDirectMapFourLevels = 0xffff_8880_0000_0000;
    private const ulong FixedDirectMapFiveLevels = 0xff11_0000_0000_0000;

    private readonly X86_64PageTable _table;
    private readonly ulong _physicalBase;
    private readonly Part<KernelSymbols> _symbols;
    private Layout? _layout;

    public X86_64KernelSpace(
        IPhysicalMemory memory, ulong physicalBase, ulong rootTable, bool fiveLevels, ulong encryptionMask,
        Part<KernelSymbols> symbols)
        : base(memory, WordFormat.LittleEndian64)
    {
        _physicalBase = physicalBase;
        FiveLevels = fiveLevels;
        EncryptionMask = encryptionMask;
        RootTable = rootTable;
        _table = new X86_64PageTable(memory, rootTable - StartKernelMap + physicalBase, fiveLevels, encryptionMask);
        _symbols = symbols;
    }

    public bool FiveLevels { get; }

    public ulong EncryptionMask { get; }

    public override ulong RootTable { get; }

    public override ulong DirectMapBase => LayoutBy(_symbols.Value)!.DirectMap.Start;

    public override ulong PageMapBase => LayoutBy(_symbols.Value)!.PageMap.Start;

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
        var map = LayoutBy(_symbols.OrNull)?.DirectMap ?? default;
        physical = address - map.Start;
        return map.Contains(address);
    }

    public override AddressRange ImageRange => new(StartKernelMap, StartKernelMap + KernelImageSize);

    public override bool IsKernelAddress(ulong address) => (long)address < 0 && (long)address >> (FiveLevels ? 56 : 47) == -1;

    public override IEnumerable<ulong> TablePages() => _table.KernelTables();

    // The layout is the table in Documentation/arch/x86/x86_64/mm.rst; its first three ranges move with KASLR.
    public override MemoryRegion RegionOf(ulong address)
    {
        if (!IsKernelAddress(address))
            return address >> (FiveLevels ? 56 : 47) == 0
                ? new(MemoryRegionKind.User, "user")
                : new(MemoryRegionKind.NonCanonical, "non-canonical");
        return LayoutBy(_symbols.OrNull)?.RegionOf(address) ?? address switch
        {
            >= 0xffff_ffff_ff60_0000 and < 0xffff_ffff_ff60_1000 => new(MemoryRegionKind.Other, "vsyscall page"),
            >= 0xffff_ffff_ff00_0000 => new(MemoryRegionKind.Other, "fixmap"),
            >= StartKernelMap + KernelImageSize => new(MemoryRegionKind.Modules, "module area"),
            >= StartKernelMap => new(MemoryRegionKind.KernelImage, "kernel image"),
            >= 0xffff_ffef_0000_0000 and < 0xffff_ffff_0000_0000 => new(MemoryRegionKind.Other, "EFI area"),
            >= 0xffff_ff00_0000_0000 and < 0xffff_ff80_0000_0000 => new(MemoryRegionKind.Other, "espfix area"),
            >= 0xffff_fe00_0000_0000 and < 0xffff_fe80_0000_0000 => new(MemoryRegionKind.Other, "cpu_entry_area"),
            _ => new(MemoryRegionKind.Unused, "unused"),
        };
    }

    public override bool TryTranslate(ulong address, bool withSteps, out Translation translation, out MemoryFault fault)
    {
        fault = default;
        if (!withSteps && TryLinear(address, _symbols.IfRead, out var physical, out _))
        {
            translation = new Translation(physical, PageSize, []);
            return true;
        }
        if (_table.TryWalk(address, withSteps, out translation, out fault))
            return true;
        // Where a page table is missing, what lies linearly can be had all the same. Only then is it worth reading the names for.
        if (withSteps || _layout is not null || !IsKernelAddress(address)
            || !TryLinear(address, _symbols.OrNull, out physical, out _))
            return false;
        translation = new Translation(physical, PageSize, []);
        fault = default;
        return true;
    }

    protected override bool TryTranslateRun(ulong address, int length, out ulong physical, out int run, out MemoryFault fault)
    {
        if (!TryLinear(address, _symbols.IfRead, out physical, out var end))
            return base.TryTranslateRun(address, length, out physical, out run, out fault);
        run = (int)Math.Min((ulong)length, end - address);
        fault = default;
        return true;
    }

    private bool TryLinear(ulong address, KernelSymbols? symbols, out ulong physical, out ulong end)
    {
        if (address >= StartKernelMap && address - StartKernelMap < KernelImageSize)
        {
            physical = address - StartKernelMap + _physicalBase;
            end = StartKernelMap + KernelImageSize;
            return true;
        }
        var map = LayoutBy(symbols)?.DirectMap ?? default;
        physical = address - map.Start;
        end = map.End;
        return map.Contains(address);
    }

    // The variables lie in the kernel image, which needs no layout.
    private Layout? LayoutBy(KernelSymbols? symbols)
    {
        if (Volatile.Read(ref _layout) is { } known || symbols is null)
            return _layout;
        var layout = new Layout(this, symbols.Kernel);
        Volatile.Write(ref _layout, layout);
        return layout;
    }

    /// <summary>The ranges that move with KASLR.</summary>
    private sealed class Layout
    {
        private readonly AddressRange _vmalloc;

        public Layout(X86_64KernelSpace space, ISymbolTable symbols)
        {
            var levels = space.FiveLevels;
            var directMap = Variable("page_offset_base", levels ? FixedDirectMapFiveLevels : FixedDirectMapFourLevels);
            var vmalloc = Variable("vmalloc_base", levels ? 0xffa0_0000_0000_0000 : 0xffff_c900_0000_0000);
            var vmemmap = Variable("vmemmap_base", levels ? 0xffd4_0000_0000_0000 : 0xffff_ea00_0000_0000);
            DirectMap = new AddressRange(directMap, directMap + space.Physical.Limit);
            _vmalloc = new AddressRange(vmalloc, vmalloc + ((levels ? 12800UL : 32UL) << 40));
            PageMap = new AddressRange(vmemmap, vmemmap + ((levels ? 512UL : 1UL) << 40));

            ulong Variable(string name, ulong otherwise) =>
                symbols.TryFind(name, out var symbol) && space.TryReadUInt64(symbol.Address, out var value)
                    && space.IsKernelAddress(value)
                    ? value
                    : otherwise;
        }

        public AddressRange DirectMap { get; }

        public AddressRange PageMap { get; }

        public MemoryRegion? RegionOf(ulong address) =>
            DirectMap.Contains(address) ? new(MemoryRegionKind.DirectMap, "direct map")
            : _vmalloc.Contains(address) ? new(MemoryRegionKind.Vmalloc, "vmalloc")
            : PageMap.Contains(address) ? new(MemoryRegionKind.Vmemmap, "vmemmap")
            : null;
    }
}

/// <summary>A task's address space on x86-64: its own page table, for the lower half and the kernel's alike.</summary>
internal sealed class X86_64UserSpace : AddressSpace
{
    private readonly X86_64PageTable _table;

    public X86_64UserSpace(X86_64KernelSpace kernel, ulong rootTable, Func<int, ulong, string?> describeSwap)
        : base(kernel.Physical, kernel.Words) =>
        _table = new X86_64PageTable(kernel.Physical, rootTable, kernel.FiveLevels, kernel.EncryptionMask)
        {
            DescribeSwap = describeSwap,
        };

    public override bool TryTranslate(ulong address, bool withSteps, out Translation translation, out MemoryFault fault) =>
        _table.TryWalk(address, withSteps, out translation, out fault);
}

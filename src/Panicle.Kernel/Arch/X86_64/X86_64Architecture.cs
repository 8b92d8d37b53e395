using Panicle.Dumps;
using Panicle.Kernel.Module;
using Panicle.Kernel.Unwind;

namespace Panicle.Kernel.Arch.X86_64;

internal sealed class X86_64Architecture : Architecture
{
    public override string Name => "x86_64";

    public override IReadOnlyList<Processor> Processors { get; } = [X86Processor.Bits64, X86Processor.Bits32];

    public override WordFormat Words => WordFormat.LittleEndian64;

    public override IReadOnlyDictionary<string, string> Globals { get; } = new Dictionary<string, string>
    {
        ["tsc_khz"] = "unsigned int",
        ["cpu_khz"] = "unsigned int",
        ["boot_cpu_data"] = "struct cpuinfo_x86",
        ["page_offset_base"] = "unsigned long",
        ["vmalloc_base"] = "unsigned long",
        ["vmemmap_base"] = "unsigned long",
        ["phys_base"] = "unsigned long",
        ["idt_table"] = "gate_desc[256]",
    };

    internal override KernelAddressSpace CreateKernelSpace(
        IPhysicalMemory memory, VmcoreInfo info, DumpFile dump, Part<KernelSymbols> symbols)
    {
        var physicalBase = (ulong?)info.Number("phys_base") ?? PhysicalBaseOf(dump, null)
            ?? throw new DumpException(
                $"{dump.Paths[0]}: neither VMCOREINFO nor the dump header says where the kernel was loaded (phys_base), "
                    + "so no address can be translated.");
        // swapper_pg_dir is the old name; the kernel exports one of the two.
        var root = info.Symbol("init_top_pgt") ?? info.Symbol("swapper_pg_dir")
            ?? throw new DumpException(
                $"{dump.Paths[0]}: VMCOREINFO names no kernel page table (SYMBOL(init_top_pgt) or SYMBOL(swapper_pg_dir)).");
        var fiveLevels = info.Number("pgtable_l5_enabled") is > 0;
        var encryption = (ulong)(info.Number("sme_mask") ?? 0);
        return new X86_64KernelSpace(memory, physicalBase, root, fiveLevels, encryption, symbols);
    }

    public override ulong? PhysicalBaseOf(DumpFile dump, VmcoreInfo? info) =>
        dump.Header.PhysicalBase ?? X86_64KernelSpace.PhysicalBaseIn(dump.Segments) ?? (ulong?)info?.Number("phys_base");

    public override uint ClockMegahertz(KernelDump kernel) =>
        kernel.Memory.ReadUInt32(kernel.SymbolAddress("cpu_khz"), "cpu_khz") / 1000;

    public override string InterruptTable => X86_64InterruptTable.Name;

    public override IEnumerable<InterruptGate> InterruptGates(KernelDump kernel) => X86_64InterruptTable.Read(kernel);

    public override IEnumerable<DisabledProtection> DisabledProtections(KernelDump kernel) => X86_64Protections.Disabled(kernel);

    public override AddressSpace CreateUserSpace(KernelDump kernel, ulong pgd)
    {
        if (!kernel.Memory.TryPhysical(pgd, out var physical))
            throw new KernelReadException($"page table 0x{pgd:x} is not mapped");
        return new X86_64UserSpace(
            (X86_64KernelSpace)kernel.Memory, physical, (type, page) => kernel.Mm.SwapOrNull?.Describe(type, page));
    }

    public override StackUnwinder CreateUnwinder(KernelDump kernel) => new X86_64Unwinder(kernel);

    public override CpuRegisters? ParsePrStatus(ReadOnlySpan<byte> descriptor) => X86_64Registers.FromPrStatus(descriptor);

    // In the kernel the CPU's own variables are reached by gs.
    public override ulong? PerCpuOffsetIn(ReadOnlySpan<byte> descriptor) => X86_64Registers.GsBaseIn(descriptor);

    public override IReadOnlyList<string> FlagsOf(PageTableStep step) => X86_64PageFlags.NamesOf(step);
}

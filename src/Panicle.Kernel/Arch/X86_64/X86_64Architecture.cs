using Panicle.Dumps;
using Panicle.Kernel.Unwind;

namespace Panicle.Kernel.Arch.X86_64;

/// <summary>x86-64.</summary>
internal sealed class X86_64Architecture : Architecture
{
    public override string Name => "x86_64";

    public override IReadOnlyList<Processor> Processors { get; } = [X86Processor.Bits64, X86Processor.Bits32];

    public override WordFormat Words => WordFormat.LittleEndian64;

    public override KernelAddressSpace CreateKernelSpace(IPhysicalMemory memory, VmcoreInfo info, DumpFile dump)
    {
        var physicalBase = (ulong?)info.Number("phys_base") ?? dump.Header.PhysicalBase
            ?? throw new DumpException(
                $"{dump.Paths[0]}: neither VMCOREINFO nor the dump header says where the kernel was loaded (phys_base), so no address can be translated.");
        // swapper_pg_dir is the old name; the kernel exports one of the two.
        var root = info.Symbol("init_top_pgt") ?? info.Symbol("swapper_pg_dir")
            ?? throw new DumpException(
                $"{dump.Paths[0]}: VMCOREINFO names no kernel page table (SYMBOL(init_top_pgt) or SYMBOL(swapper_pg_dir)).");
        var fiveLevels = info.Number("pgtable_l5_enabled") is > 0;
        var encryption = (ulong)(info.Number("sme_mask") ?? 0);
        return new X86_64KernelSpace(memory, physicalBase, root, fiveLevels, encryption);
    }

    public override AddressSpace CreateUserSpace(KernelAddressSpace kernel, ulong pgd)
    {
        if (!kernel.TryPhysical(pgd, out var physical))
            throw new KernelReadException($"page table 0x{pgd:x} is not mapped");
        return new X86_64UserSpace((X86_64KernelSpace)kernel, physical);
    }

    public override StackUnwinder CreateUnwinder(KernelDump kernel) => new X86_64Unwinder(kernel);

    public override CpuRegisters? ParsePrStatus(ReadOnlySpan<byte> descriptor) => X86_64Registers.FromPrStatus(descriptor);

    public override IReadOnlyList<string> FlagsOf(PageTableStep step) => X86_64PageFlags.NamesOf(step);
}

using Panicle.Formats.Instructions;

namespace Panicle.Kernel.Arch.X86_64;

/// <summary>An x86 processor with a kernel of 64 bits, or of 32: of the latter there are no dumps, but logs.</summary>
internal sealed class X86Processor : Processor
{
    private const ulong InterruptFlag = 1 << 9; // X86_EFLAGS_IF
    private const ulong WriteProtect = 1 << 16; // X86_CR0_WP
    private const ulong PageOffset32 = 0xc000_0000; // CONFIG_PAGE_OFFSET, unless another split of the address space was chosen.

    private readonly bool _is64;

    private X86Processor(int bits, RegisterSet registers)
    {
        _is64 = bits == 64;
        Registers = registers;
        Disassembler = new X86Disassembler(bits);
        Instructions = new X86Instructions(bits);
    }

    public static X86Processor Bits64 { get; } = new(64, X86_64Registers.Set);

    public static X86Processor Bits32 { get; } = new(32, new RegisterSet { InstructionPointer = "eip", StackPointer = "esp" });

    public override string Name => _is64 ? "x86-64" : "x86-32";

    public override RegisterSet Registers { get; }

    public override Disassembler Disassembler { get; }

    public override IInstructionAnalyzer Instructions { get; }

    public override bool? InterruptsOn(Func<string, ulong?> register) =>
        (register("rflags") ?? register("eflags")) is { } flags ? (flags & InterruptFlag) != 0 : null;

    public override string DescribePageFault(ulong errorCode) => X86PageFault.Describe(errorCode);

    public override ulong? PageFaultCodeIn(string line) => X86PageFault.CodeIn(line);

    public override bool IsInstructionFetch(ulong errorCode) => X86PageFault.IsInstructionFetch(errorCode);

    public override bool IsUserAddress(ulong address) => _is64 ? address >> 63 == 0 : address < PageOffset32;

    // "CR0: 0000000080050033" in an oops of the kernel's.
    public override IEnumerable<DisabledProtection> DisabledProtections(Func<string, ulong?> register)
    {
        if (_is64 && register("cr0") is { } cr0 and not 0 && (cr0 & WriteProtect) == 0)
            yield return new(
                "CR0.WP", $"CR0 was 0x{cr0:x}: bit 16, which protects read-only memory from the kernel itself, is not set");
    }
}

using Panicle.Symbols.Dwarf;

namespace Panicle.Symbols.Tests.Dwarf;

/// <summary>
/// The registers of the machine that the tests' programs are compiled for and run on (System V ABI, AMD64 supplement).
/// </summary>
internal static class X86Registers
{
    public static DwarfRegisters Dwarf { get; } = new(
        [
            "rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rip",
        ],
        StackPointer: 7, FramePointer: 6, ReturnAddress: 16, Preserved: new HashSet<int> { 3, 6, 12, 13, 14, 15 });
}

using System.Buffers.Binary;
using Panicle.Kernel.Unwind;

namespace Panicle.Kernel.Arch.X86_64;

/// <summary>
/// Register sets on x86-64. NT_PRSTATUS and <c>struct pt_regs</c> share the order of their first 21 words
/// (arch/x86/include/asm/user_64.h, arch/x86/include/uapi/asm/ptrace.h).
/// </summary>
internal static class X86_64Registers
{
    /// <summary>Size of <c>struct pt_regs</c> in bytes (without the FRED extension, which lies past it).</summary>
    public const int PtRegsSize = 21 * 8;

    /// <summary>rbp's number in DWARF.</summary>
    public const int DwarfRbp = 6;

    /// <summary>rsp's number in DWARF.</summary>
    public const int DwarfRsp = 7;

    /// <summary>
    /// The registers and their use. System V ABI, AMD64 supplement: figures 3.4 (use) and 3.36 (numbers in DWARF).
    /// </summary>
    public static RegisterSet Set { get; } = new()
    {
        InstructionPointer = "rip",
        StackPointer = "rsp",
        Rows =
        [
            [Field("rip"), Field("rsp"), new("rflags", "RFLAGS", 8)],
            [Field("rax"), Field("rbx"), Field("rcx")],
            [Field("rdx"), Field("rsi"), Field("rdi")],
            [Field("rbp"), Field("r8"), Field("r9")],
            [Field("r10"), Field("r11"), Field("r12")],
            [Field("r13"), Field("r14"), Field("r15")],
            [Field("orig_rax"), new("cs", "CS", 4), new("ss", "SS", 4)],
        ],
        Arguments = ["rdi", "rsi", "rdx", "rcx", "r8", "r9"],
        Result = "rax",
        LostByCalls = ["rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11"],
        // It mostly stays where it was given; else it is in a register that calls preserve.
        KeepFirstArgument = ["rdi", "rbx", "rbp", "r12", "r13", "r14", "r15", "rdx", "rcx"],
        Dwarf = new(
            [
                "rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
                "rip",
            ],
            StackPointer: DwarfRsp, FramePointer: DwarfRbp, ReturnAddress: 16,
            Preserved: new HashSet<int> { 3, DwarfRbp, 12, 13, 14, 15 }),
    };

    // Offset of pr_reg in struct elf_prstatus.
    private const int PrStatusRegisters = 112;

    private const int GsBase = 22; // Its word in struct user_regs_struct.

    private static readonly string[] PtRegsOrder =
    [
        "r15", "r14", "r13", "r12", "rbp", "rbx", "r11", "r10", "r9", "r8", "rax", "rcx", "rdx", "rsi", "rdi",
        "orig_rax", "rip", "cs", "rflags", "rsp", "ss",
    ];

    // The order in which the kernel prints them (show_regs).
    private static readonly int[] PrintOrder = [16, 19, 18, 10, 5, 11, 12, 13, 14, 4, 9, 8, 7, 6, 3, 2, 1, 0, 15, 17, 20];

    private static RegisterField Field(string name) => new(name, name.ToUpperInvariant().PadLeft(3));

    /// <summary>
    /// Registers from an NT_PRSTATUS descriptor; null if it is too short or all zero (a CPU that saved nothing).
    /// </summary>
    public static CpuRegisters? FromPrStatus(ReadOnlySpan<byte> descriptor)
    {
        if (descriptor.Length < PrStatusRegisters + PtRegsSize)
            return null;
        var words = descriptor.Slice(PrStatusRegisters, PtRegsSize);
        return words.ContainsAnyExcept((byte)0) ? FromPtRegs(words) : null;
    }

    /// <summary>The base of the segment gs in an NT_PRSTATUS descriptor; null if it is too short.</summary>
    public static ulong? GsBaseIn(ReadOnlySpan<byte> descriptor) =>
        descriptor.Length < PrStatusRegisters + (GsBase + 1) * 8 ? null : Word(descriptor[PrStatusRegisters..], GsBase);

    /// <summary>Registers from the bytes of a <c>struct pt_regs</c>.</summary>
    public static CpuRegisters FromPtRegs(ReadOnlySpan<byte> words)
    {
        var named = new NamedRegister[PrintOrder.Length];
        for (var i = 0; i < named.Length; i++)
            named[i] = new NamedRegister(PtRegsOrder[PrintOrder[i]], Word(words, PrintOrder[i]));
        return new CpuRegisters(Word(words, 16), Word(words, 19), Word(words, 4), (Word(words, 17) & 3) == 3, named);
    }

    private static ulong Word(ReadOnlySpan<byte> words, int index) =>
        BinaryPrimitives.ReadUInt64LittleEndian(words[(index * 8)..]);
}

namespace Panicle.Symbols.Dwarf;

/// <summary>Registers by DWARF's numbers.</summary>
internal static class RegisterNames
{
    private static readonly string[] Names =
        ["rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rip"];

    /// <summary>The name on x86-64 (System V ABI, AMD64 supplement, figure 3.36).</summary>
    public static string X86_64(int number) => (uint)number < (uint)Names.Length ? Names[number] : $"number {number}";
}

using System.Globalization;

namespace Panicle.Kernel.Arch.X86_64;

/// <summary>
/// The error code of an x86 page fault, as in "Oops: 0002" (<c>enum x86_pf_error_code</c>, arch/x86/include/asm/trap_pf.h).
/// </summary>
internal static class X86PageFault
{
    private const ulong Protection = 1 << 0;
    private const ulong Write = 1 << 1;
    private const ulong User = 1 << 2;
    private const ulong ReservedBit = 1 << 3;
    private const ulong InstructionFetch = 1 << 4;
    private const ulong ProtectionKey = 1 << 5;
    private const ulong ShadowStack = 1 << 6;
    private const ulong Sgx = 1 << 15;

    /// <summary>"#PF: error_code(0x0002) - not-present page", since 5.1.</summary>
    public static ulong? CodeIn(string line)
    {
        const string Mark = "#PF: error_code(0x";
        if (!line.StartsWith(Mark, StringComparison.Ordinal))
            return null;
        var digits = line.AsSpan(Mark.Length);
        var end = digits.IndexOf(')');
        return end > 0 && ulong.TryParse(
            digits[..end], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) ? code : null;
    }

    public static bool IsInstructionFetch(ulong code) => (code & InstructionFetch) != 0;

    public static string Describe(ulong code)
    {
        var who = (code & User) != 0 ? "user mode" : "the kernel";
        var what = (code & InstructionFetch) != 0 ? "an instruction fetch by" : (code & Write) != 0 ? "a write by" : "a read by";
        var page = (code & InstructionFetch) != 0 ? "from a page" : (code & Write) != 0 ? "to a page" : "of a page";
        return $"{what} {who} {page} {Why(code)}";
    }

    private static string Why(ulong code) => code switch
    {
        _ when (code & ReservedBit) != 0 => "whose page-table entry has a reserved bit set (a damaged page table)",
        _ when (code & ProtectionKey) != 0 => "that a protection key forbids",
        _ when (code & ShadowStack) != 0 => "as a shadow-stack access",
        _ when (code & Sgx) != 0 => "that SGX forbids",
        _ when (code & Protection) != 0 => "that is present and forbids it",
        _ => "that is not present",
    };
}

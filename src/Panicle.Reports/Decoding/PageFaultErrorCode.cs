namespace Panicle.Reports.Decoding;

/// <summary>
/// The error code of an x86 page fault, as in "Oops: 0002" (<c>enum x86_pf_error_code</c>, arch/x86/include/asm/trap_pf.h).
/// </summary>
/// <param name="Value">The code.</param>
public readonly record struct PageFaultErrorCode(ulong Value)
{
    private const ulong Protection = 1 << 0;
    private const ulong Write = 1 << 1;
    private const ulong User = 1 << 2;
    private const ulong ReservedBit = 1 << 3;
    private const ulong InstructionFetch = 1 << 4;
    private const ulong ProtectionKey = 1 << 5;
    private const ulong ShadowStack = 1 << 6;
    private const ulong Sgx = 1 << 15;

    /// <summary>The code in words: "a write by the kernel to a page that is not present".</summary>
    public string Describe()
    {
        var who = (Value & User) != 0 ? "user mode" : "the kernel";
        var what = (Value & InstructionFetch) != 0 ? "an instruction fetch by" : (Value & Write) != 0 ? "a write by" : "a read by";
        var page = (Value & InstructionFetch) != 0 ? "from a page" : (Value & Write) != 0 ? "to a page" : "of a page";
        return $"{what} {who} {page} {Why()}";
    }

    private string Why() => this switch
    {
        { Value: var code } when (code & ReservedBit) != 0 => "whose page-table entry has a reserved bit set (a damaged page table)",
        { Value: var code } when (code & ProtectionKey) != 0 => "that a protection key forbids",
        { Value: var code } when (code & ShadowStack) != 0 => "as a shadow-stack access",
        { Value: var code } when (code & Sgx) != 0 => "that SGX forbids",
        { Value: var code } when (code & Protection) != 0 => "that is present and forbids it",
        _ => "that is not present",
    };
}

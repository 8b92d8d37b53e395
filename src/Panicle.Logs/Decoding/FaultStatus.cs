namespace Panicle.Logs.Decoding;

/// <summary>What arm's FSR and arm64's ESR say of a fault: the error codes behind "Internal error: Oops".</summary>
public static class FaultStatus
{
    private const ulong X86Write = 2;

    // arm: DFSR's bit 11. arm64: bit 6 of a data abort's syndrome.
    private const ulong ArmWrite = 1 << 11;
    private const ulong Arm64Write = 1 << 6;

    private const uint InstructionAbort = 0x21;
    private const uint DataAbort = 0x25;

    /// <summary>A code in words, or null where it isn't known what it means.</summary>
    /// <param name="architecture">The architecture as events name it.</param>
    /// <param name="code">The code.</param>
    public static string? Describe(string? architecture, ulong code) => architecture switch
    {
        "arm" => Arm(code),
        "arm64" => Arm64(code),
        _ => null,
    };

    /// <summary>Whether the access was a write; null where the code doesn't tell.</summary>
    /// <param name="architecture">The architecture as events name it.</param>
    /// <param name="code">The code.</param>
    public static bool? IsWrite(string? architecture, ulong code) => architecture switch
    {
        "x86-64" or "x86-32" => (code & X86Write) != 0,
        "arm" => (code & ArmWrite) != 0,
        "arm64" when (uint)(code >> 26) == DataAbort => (code & Arm64Write) != 0,
        _ => null,
    };

    /// <summary>The code, where it is that of an x86 page fault; null for others.</summary>
    /// <param name="architecture">The architecture as events name it.</param>
    /// <param name="code">The code, if there is one.</param>
    public static ulong? OfX86(string? architecture, ulong? code) => architecture is "x86-64" or "x86-32" ? code : null;

    /// <summary>Whether its pointers have 64 bits; so have those of one that isn't known.</summary>
    /// <param name="architecture">The architecture as events name it.</param>
    public static bool Is64Bit(string? architecture) => architecture is not ("arm" or "x86-32" or "mips");

    // The short descriptors' codes: bit 10 and bits 3 to 0.
    private static string? Arm(ulong code)
    {
        // The kernel sets bit 31 for a fault of fetching.
        var does = (code >> 31 & 1) != 0 ? "an instruction fetch" : (code & ArmWrite) != 0 ? "a write" : "a read";
        var what = (code & 0xf) | (code >> 6 & 0x10);
        return what switch
        {
            0x1 => $"{does}, alignment fault",
            0x3 => $"{does}, access flag fault of a section",
            0x5 => $"{does}, translation fault of a section",
            0x6 => $"{does}, access flag fault of a page",
            0x7 => $"{does}, translation fault of a page",
            0x8 => $"{does}, external abort",
            0x9 => $"{does}, domain fault of a section",
            0xb => $"{does}, domain fault of a page",
            0xc or 0xe => $"{does}, external abort on a walk of the page tables",
            0xd => $"{does}, permission fault of a section",
            0xf => $"{does}, permission fault of a page",
            0x16 => $"{does}, external abort that came late",
            _ => null,
        };
    }

    private static string? Arm64(ulong code)
    {
        var does = (uint)(code >> 26) switch
        {
            InstructionAbort => "an instruction fetch",
            DataAbort => (code & Arm64Write) != 0 ? "a write" : "a read",
            _ => null,
        };
        if (does is null)
            return null;
        var level = code & 3;
        return (code & 0x3f) switch
        {
            <= 0x3 => $"{does}, address size fault at level {level}",
            <= 0x7 => $"{does}, translation fault at level {level}",
            <= 0xb => $"{does}, access flag fault at level {level}",
            <= 0xf => $"{does}, permission fault at level {level}",
            0x10 => $"{does}, external abort",
            0x11 => $"{does}, tags of pointer and memory differ (MTE)",
            >= 0x14 and <= 0x17 => $"{does}, external abort on a walk of the page tables",
            0x21 => $"{does}, alignment fault",
            _ => null,
        };
    }
}

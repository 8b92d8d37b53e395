using System.Globalization;

namespace Panicle.Logs.Decoding;

/// <summary>
/// A machine check: the status register of one of a processor's banks. The fields are the same for AMD and Intel up to bit 57,
/// and the error code mostly so (Intel SDM volume 3, "Interpreting Machine Check Error Codes";
/// AMD APM volume 2, "Machine Check Architecture").
/// </summary>
/// <param name="Status">IA32_MCi_STATUS.</param>
/// <param name="Vendor">Who made the processor, as far as known.</param>
public readonly record struct MachineCheck(ulong Status, ProcessorVendor Vendor)
{
    private const int Overflow = 62;
    private const int Uncorrected = 61;
    private const int AddressValid = 58;
    private const int ContextCorrupt = 57;
    private const int Deferred = 44; // AMD's

    private static readonly string[] Levels = ["level 0", "level 1", "level 2", "an unspecified level"];
    private static readonly string[] Types = ["instruction", "data", "generic", "unspecified"];
    private static readonly string[] Requests =
    [
        "an error", "a read", "a write", "a data read", "a data write", "an instruction fetch", "a prefetch", "an eviction",
        "a snoop",
    ];
    private static readonly string[] Participants =
    [
        "this processor's own request", "this processor as the responder", "a request that it observed", "a generic request",
    ];
    private static readonly string[] Targets = ["memory", "a reserved space", "I/O", "another space"];
    private static readonly string[] MemoryActions = ["an operation", "a read", "a write", "an address or command", "scrubbing"];

    /// <summary>Whether the processor could put it right.</summary>
    public bool IsCorrected => !Has(Uncorrected) && !IsDeferred;

    /// <summary>Whether it found wrong data that nobody has used yet (AMD).</summary>
    public bool IsDeferred => Vendor == ProcessorVendor.Amd && !Has(Uncorrected) && Has(Deferred);

    /// <summary>Whether the state of the processor itself is lost.</summary>
    public bool IsContextCorrupt => Has(ContextCorrupt);

    /// <summary>Whether the bank's address register says where.</summary>
    public bool HasAddress => Has(AddressValid);

    /// <summary>Whether earlier errors of this bank were lost.</summary>
    public bool IsOverflow => Has(Overflow);

    /// <summary>How bad it was, in words.</summary>
    public string Severity =>
        (IsCorrected ? "corrected" : IsDeferred ? "not corrected, but not used yet (deferred)" : "not corrected")
        + (IsContextCorrupt ? ", the processor's state is lost" : "") + (IsOverflow ? ", and more came than could be kept" : "");

    /// <summary>What failed, in words.</summary>
    public string Error => Describe((uint)(Status & 0xefff)); // Bit 12 says how corrected errors are counted.

    private bool Has(int bit) => (Status >> bit & 1) != 0;

    private string Describe(uint code) => code switch
    {
        0 => "no error code",
        1 => "an unclassified error",
        2 => "a parity error in the microcode ROM",
        3 => "an error reported from outside of the processor (BINIT#)",
        4 => "two processors in lock step disagreed (FRC)",
        5 => "a parity error inside the processor",
        6 => "SMM code was fetched from outside of its range",
        0x400 => "the internal timer ran out: the processor made no progress",
        0xe0b => "an error of I/O",
        >= 0xc and <= 0xf => $"the caches, {Levels[code & 3]}",
        _ when (code & 0xfff0) == 0x10 => $"the {Types[code >> 2 & 3]} TLB, {Levels[code & 3]}",
        _ when (code & 0xff80) is 0x80 or 0x280 && Vendor != ProcessorVendor.Amd => Memory(code),
        _ when (code & 0xff00) == 0x100 => $"{Request(code)} in the {Types[code >> 2 & 3]} cache, {Levels[code & 3]}",
        _ when (code & 0xf800) == 0x800 =>
            $"{Request(code)} over the bus or interconnect, to {Targets[code >> 2 & 3]}: {Participants[code >> 9 & 3]}"
                + ((code & 0x100) != 0 ? ", which timed out" : ""),
        _ when (code & 0xfc00) == 0x400 => "an error inside the processor",
        _ => string.Create(CultureInfo.InvariantCulture, $"error code 0x{code:x4}"),
    };

    private static string Request(uint code) => Requests[Math.Min(code >> 4 & 15, 8)];

    private static string Memory(uint code)
    {
        const uint NoChannel = 15;
        var action = (code >> 4 & 7) is var number && number < MemoryActions.Length ? MemoryActions[number] : "an operation";
        var channel = code & 15;
        var where = channel == NoChannel
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $", channel {channel} of the memory controller");
        return $"memory: {action} failed{where}";
    }
}

/// <summary>Who made a processor: as <c>mce:</c> lines number them (X86_VENDOR_*, arch/x86/include/asm/processor.h).</summary>
public enum ProcessorVendor
{
    /// <summary>Not known, or another.</summary>
    Unknown,

    /// <summary>X86_VENDOR_INTEL, which <c>mce:</c> lines number 0.</summary>
    Intel,

    /// <summary>AMD, and Hygon, whose machine checks are AMD's.</summary>
    Amd,
}

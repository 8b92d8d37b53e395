using System.Text.Json;
using System.Text.Json.Serialization;

namespace Panicle.Logs.Events;

/// <summary>
/// What kind of trouble the kernel reported. In JSON, and in text, each is written in lower case with hyphens:
/// <c>use-after-free</c>.
/// </summary>
[JsonConverter(typeof(OopsKindConverter))]
public enum OopsKind
{
    /// <summary>None of the others.</summary>
    Other,

    /// <summary>An access near address 0.</summary>
    NullPointerDereference,

    /// <summary>An access that the page tables do not allow, at another address.</summary>
    PageFault,

    /// <summary>x86's #GP, mostly an access at a non-canonical address.</summary>
    GeneralProtectionFault,

    /// <summary>KASAN: an access at an address that no valid pointer has.</summary>
    WildAccess,

    /// <summary>Memory was used after it was freed.</summary>
    UseAfterFree,

    /// <summary>Memory was used outside of its object.</summary>
    OutOfBounds,

    /// <summary>Something was freed twice, or never was an object.</summary>
    InvalidFree,

    /// <summary>A list, a page, a redzone or a canary was found overwritten.</summary>
    MemoryCorruption,

    /// <summary>KMSAN: a value was used that nobody had set.</summary>
    UninitializedValue,

    /// <summary>KMSAN: memory that nobody had set went to user space or a device.</summary>
    InfoLeak,

    /// <summary>KCSAN: two accesses at the same time without a lock.</summary>
    DataRace,

    /// <summary>UBSAN, or Rust's own checks.</summary>
    UndefinedBehavior,

    /// <summary>BUG(), the kernel's assertion.</summary>
    Bug,

    /// <summary>WARN(), or a warning of another form.</summary>
    Warning,

    /// <summary>A reference counter overflowed or came back from zero.</summary>
    Refcount,

    /// <summary>A lock was misused, or might deadlock.</summary>
    Locking,

    /// <summary>Something slept, or was scheduled, where this is forbidden.</summary>
    SleepInAtomic,

    /// <summary>kmemleak found memory that nothing points to.</summary>
    MemoryLeak,

    /// <summary>A CPU ran kernel code for too long without scheduling.</summary>
    SoftLockup,

    /// <summary>A CPU did not even take interrupts.</summary>
    HardLockup,

    /// <summary>A CPU or task held up RCU's grace period.</summary>
    RcuStall,

    /// <summary>A task waited for too long.</summary>
    HungTask,

    /// <summary>The OOM killer ran, or memory could not be had.</summary>
    OutOfMemory,

    /// <summary>A kernel stack ran over its end.</summary>
    StackOverflow,

    /// <summary>An exception came while the processor was delivering another (x86's #DF).</summary>
    DoubleFault,

    /// <summary>A division by zero, or one whose result is too large.</summary>
    DivideError,

    /// <summary>The CPU did not know an instruction.</summary>
    InvalidOpcode,

    /// <summary>An access was not aligned where it must be.</summary>
    Alignment,

    /// <summary>Hardware reported an error (machine check, EDAC, PCIe AER, GHES).</summary>
    HardwareError,

    /// <summary>A file system found itself damaged.</summary>
    FilesystemError,

    /// <summary>A block device failed.</summary>
    IoError,

    /// <summary>panic() without another cause before it.</summary>
    Panic,
}

/// <summary>The names of the kinds.</summary>
public static class OopsKinds
{
    private static readonly Dictionary<OopsKind, string> ByKind =
        Enum.GetValues<OopsKind>()
            .ToDictionary(kind => kind, kind => JsonNamingPolicy.KebabCaseLower.ConvertName(kind.ToString()));

    /// <summary>A kind's name: <c>use-after-free</c>.</summary>
    public static string Name(this OopsKind kind) => ByKind[kind];
}

/// <summary>Writes kinds by name.</summary>
public sealed class OopsKindConverter()
    : JsonStringEnumConverter<OopsKind>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false);

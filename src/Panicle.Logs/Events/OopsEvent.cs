using System.Text.Json.Serialization;
using Panicle.Formats.Json;
using Panicle.Symbols;

namespace Panicle.Logs.Events;

/// <summary>One thing that the kernel complained of, as its log tells it.</summary>
/// <param name="Kind">What kind of trouble.</param>
/// <param name="Title">The kernel's own headline.</param>
/// <param name="Function">The function to blame, without offset; null where the text names none.</param>
/// <param name="Module">That function's module, or null.</param>
/// <param name="Location">Source file and line, if the text has them.</param>
/// <param name="FirstLine">Number of the text's first line that belongs to it.</param>
/// <param name="LastLine">Number of its last line.</param>
/// <param name="Count">How many times it came in a row, all counted here.</param>
public sealed record OopsEvent(
    OopsKind Kind, string Title, string? Function, string? Module, string? Location, long FirstLine, long LastLine, int Count)
{
    /// <summary>The function and its module: "crashme_inner [crashme]"; null where the text names none.</summary>
    [JsonIgnore]
    public string? FullFunction => Function is null ? null : new CodePlace(Function, Module: Module).FunctionText;

    /// <summary>Seconds since boot, or null.</summary>
    public double? Seconds { get; init; }

    /// <summary>The address whose access failed, or null.</summary>
    public Address? FaultAddress { get; init; }

    /// <summary>The exception's error code, or null.</summary>
    public ulong? ErrorCode { get; init; }

    /// <summary>The error code in words, or null.</summary>
    public string? ErrorCodeMeaning { get; init; }

    /// <summary>The CPU, or null.</summary>
    public int? Cpu { get; init; }

    /// <summary>The process, or null.</summary>
    public int? Pid { get; init; }

    /// <summary>The process' command, or null.</summary>
    public string? Command { get; init; }

    /// <summary>The kernel's release (<c>uname -r</c>), or null.</summary>
    public string? Release { get; init; }

    /// <summary>The machine, or null.</summary>
    public string? Hardware { get; init; }

    /// <summary>The work queue and the function of the work, or null.</summary>
    public string? Workqueue { get; init; }

    /// <summary>The taint letters, or null where the text has none.</summary>
    public string? Taint { get; init; }

    /// <summary>What the letters mean.</summary>
    public IReadOnlyList<string> TaintMeanings { get; init; } = [];

    /// <summary>
    /// The architecture that the registers and traces look like: x86-64, x86-32, arm64, arm, riscv64, ppc64le, s390x, mips; or
    /// null.
    /// </summary>
    public string? Architecture { get; init; }

    /// <summary>Where the CPU was.</summary>
    public BacktraceFrame? Instruction { get; init; }

    /// <summary>The registers by name, in the text's order.</summary>
    public IReadOnlyDictionary<string, Address> Registers { get; init; } = new Dictionary<string, Address>();

    /// <summary>The call traces, the event's own first.</summary>
    public IReadOnlyList<CallTrace> Traces { get; init; } = [];

    /// <summary>The instructions around the faulting one, or null where the text has no usable <c>Code:</c> line.</summary>
    public CodeBytes? Code { get; init; }

    /// <summary>The faulting instruction's access in words, read against the registers; or null.</summary>
    public string? Access { get; init; }

    /// <summary>The modules linked in, with their taint letters.</summary>
    public IReadOnlyList<string> Modules { get; init; } = [];

    /// <summary>Whether the kernel panicked of it.</summary>
    public bool Panicked { get; init; }

    /// <summary>What the panic said, or null.</summary>
    public string? PanicMessage { get; init; }

    /// <summary>Whether the panic only follows from what the title says, or would if the log had not lost it.</summary>
    [JsonIgnore]
    public bool PanicFollows => PanicMessage is { } panic
        && (panic.StartsWith("Fatal exception", StringComparison.Ordinal)
            || panic.StartsWith("Machine halted", StringComparison.Ordinal));

    /// <summary>The line that says what the kernel died of: of a panic its own, unless it only follows from the title.</summary>
    [JsonIgnore]
    public string Words => PanicMessage is { } panic && !PanicFollows ? $"Kernel panic - not syncing: {panic}" : Title;

    /// <summary>Whether the text ends, or another event begins, before this one is complete.</summary>
    public bool IsCut { get; init; }

    /// <summary>Whether lines are missing or damaged: dropped messages, run-together lines.</summary>
    public bool IsGarbled { get; init; }
}

/// <summary>Functions that had called each other, as the kernel printed them, the innermost first.</summary>
/// <param name="Title">What it is the trace of, in the kernel's words: <c>Call Trace</c>, <c>Allocated by task 12</c>.</param>
/// <param name="Frames">Its frames, the innermost first.</param>
public sealed record CallTrace(string Title, IReadOnlyList<BacktraceFrame> Frames)
{
    /// <summary>
    /// Whether it shows where the event itself happened, not who allocated or freed something or took locks before.
    /// </summary>
    [JsonIgnore]
    public bool IsOwn { get; init; } = true;
}

/// <summary>The bytes of a <c>Code:</c> line, disassembled.</summary>
/// <param name="Instructions">
/// The instructions; where the bytes before the faulting one don't decode to its start, only those from it on.
/// </param>
public sealed record CodeBytes(IReadOnlyList<CodeInstruction> Instructions);

/// <summary>One instruction of a <c>Code:</c> line.</summary>
/// <param name="Offset">Bytes from the faulting instruction; negative before it.</param>
/// <param name="Bytes">Its bytes in hex.</param>
/// <param name="Text">The instruction in AT&amp;T syntax.</param>
/// <param name="IsFaulting">Whether the CPU stopped at it.</param>
public sealed record CodeInstruction(int Offset, string Bytes, string Text, bool IsFaulting);

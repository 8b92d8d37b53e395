using Panicle.Formats.Json;

namespace Panicle.Symbols;

/// <summary>
/// One frame of a backtrace as data, whether it was unwound from a dump or read from a log: commands, reports and a log's events
/// all have this one. What isn't known is null.
/// </summary>
public record BacktraceFrame
{
    /// <summary>The instruction or return address; null where a log has none or hashed it.</summary>
    public Address? Address { get; init; }

    /// <summary>
    /// Where on the stack the return address lies, or the stack pointer of a frame with registers; null for a log.
    /// </summary>
    public Address? StackAddress { get; init; }

    /// <summary>The function, with its compiler suffix (<c>.isra.0</c>); null where there is only an address.</summary>
    public string? Function { get; init; }

    /// <summary>Bytes from the function's start.</summary>
    public ulong? Offset { get; init; }

    /// <summary>The function's length in bytes, where a log tells it.</summary>
    public ulong? Size { get; init; }

    /// <summary>The function's module; null for the kernel image.</summary>
    public string? Module { get; init; }

    /// <summary>How the frame was found; null for a log, whose kernel found it.</summary>
    public FoundBy? FoundBy { get; init; }

    /// <summary>The stack that it lies on.</summary>
    public FrameStack Stack { get; init; } = FrameStack.Task;

    /// <summary>False where a guess led to the frame, so that it may be stale: what the kernel prints as "? function".</summary>
    public bool IsReliable { get; init; } = true;

    /// <summary>Whether an exception or interrupt came in at this instruction (a log's <c>RIP:</c> within the trace).</summary>
    public bool IsException { get; init; }

    /// <summary>Whether it is the user program.</summary>
    public bool IsUser { get; init; }

    /// <summary>Whether a log says that the function was inlined into the next frame's.</summary>
    public bool IsInlined { get; init; }

    /// <summary>
    /// Registers by name, lower case, in the kernel's order, where all of them (or an interrupt's five) are known.
    /// </summary>
    public IReadOnlyDictionary<string, Address>? Registers { get; init; }

    /// <summary>
    /// What the code was compiled from: functions inlined there, the innermost first, and then the function itself, each with its
    /// file and line. Empty where no debug information was found.
    /// </summary>
    public IReadOnlyList<SourceFrame> Source { get; init; } = [];

    /// <summary>
    /// The function's own file and line, "fs/read_write.c:582": as a log has them, or else as debug information has.
    /// </summary>
    public string? Location
    {
        get => field ?? (Source is [.., { IsInlined: false, Name: { } name } own] ? $"{name}:{own.Line}" : null);
        init;
    }

    /// <summary>The function, or the address in hex.</summary>
    public string Name => Function ?? (Address is { } address ? $"0x{address.Value:x}" : "?");

    /// <summary>
    /// The place for people, as the kernel prints it: "crashme_inner+0xf [crashme]"; a Rust function goes by its path.
    /// </summary>
    public string Place => new CodePlace(Name, Offset, Size, Module).Demangled.ToString();

    /// <summary>Frames with runs of the same place made one: a recursion that filled a stack is one thing to read.</summary>
    /// <param name="frames">The frames of a backtrace.</param>
    /// <returns>Each frame, and how many times it comes in a row.</returns>
    public static IReadOnlyList<(BacktraceFrame Frame, int Times)> Fold(IReadOnlyList<BacktraceFrame> frames)
    {
        var folded = new List<(BacktraceFrame Frame, int Times)>();
        foreach (var frame in frames)
        {
            if (folded.Count > 0 && folded[^1].Frame.Place == frame.Place && frame.Registers is null)
                folded[^1] = (folded[^1].Frame, folded[^1].Times + 1);
            else
                folded.Add((frame, 1));
        }
        return folded;
    }
}

using Panicle.Symbols;

namespace Panicle.Kernel.Unwind;

/// <summary>How a frame was found, from the most to the least trustworthy.</summary>
public enum FoundBy
{
    /// <summary>The CPU's registers, saved when it stopped.</summary>
    Registers,
    /// <summary>The stack pointer that the scheduler saved when it switched away from the task.</summary>
    Switch,
    /// <summary>A <c>struct pt_regs</c> on the stack: the code that an exception, interrupt or system call interrupted.</summary>
    ExceptionFrame,
    /// <summary>The kernel's ORC tables.</summary>
    Orc,
    /// <summary>Call-frame information from DWARF.</summary>
    Cfi,
    /// <summary>The first word up the stack that lies right after a call of the very function that was running.</summary>
    CallSite,
    /// <summary>The chain of saved frame pointers.</summary>
    FramePointer,
    /// <summary>A word on the stack that looks like a return address. It may be left over from an earlier call.</summary>
    Scan,
}

/// <summary>One frame of a backtrace.</summary>
public sealed record StackFrame
{
    /// <summary>
    /// The instruction address: of the instruction itself where <see cref="IsExact"/>, else the return address.
    /// </summary>
    public required ulong Address { get; init; }

    /// <summary>Where on the stack the frame's return address lies; for a frame with registers, its stack pointer.</summary>
    public required ulong StackAddress { get; init; }

    /// <summary>How the frame was found.</summary>
    public required FoundBy FoundBy { get; init; }

    /// <summary>Whether the address is that of the instruction about to run, not one after a call.</summary>
    public bool IsExact { get; init; }

    /// <summary>False for a frame that a guess led to; it may be stale.</summary>
    public bool IsReliable { get; init; } = true;

    /// <summary>The stack that the frame lies on: "task", "IRQ", "NMI", "#DF", "entry"…</summary>
    public string Stack { get; init; } = "task";

    /// <summary>The function, if a symbol covers the address.</summary>
    public Symbol? Function { get; init; }

    /// <summary>Distance of <see cref="Address"/> from the function's start, in bytes.</summary>
    public ulong Offset => Function is { } function ? Address - function.Address : 0;

    /// <summary>
    /// All registers, where they are known: the first frame of a CPU, exception frames and the user-mode frame.
    /// </summary>
    public CpuRegisters? Registers { get; init; }

    /// <summary>
    /// The frame pointer's register while the frame's function ran, where every rule up to here tells; whether it points to a
    /// frame or not.
    /// </summary>
    public ulong? FramePointer { get; init; }

    /// <summary>Whether it is the user program that the task was running.</summary>
    public bool IsUser => Registers is { IsUserMode: true };
}

/// <summary>A backtrace, innermost frame first.</summary>
/// <param name="Frames">The frames.</param>
/// <param name="WhyNotWhole">
/// Why it ends before the outermost frame, or has frames that a guess led to, as a clause; null if it is whole.
/// </param>
public sealed record StackTrace(IReadOnlyList<StackFrame> Frames, string? WhyNotWhole);

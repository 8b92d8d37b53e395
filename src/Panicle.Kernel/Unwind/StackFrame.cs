using Panicle.Formats.Json;
using Panicle.Kernel.Lines;
using Panicle.Symbols;

namespace Panicle.Kernel.Unwind;

/// <summary>One frame of a backtrace, as the unwinder found it.</summary>
public sealed record StackFrame
{
    /// <summary>
    /// The instruction address: of the instruction itself where <see cref="IsExact"/>, else the return address.
    /// </summary>
    public required ulong Address { get; init; }

    /// <summary>Where on the stack the frame's return address lies; for a frame with registers, its stack pointer.</summary>
    public required ulong StackAddress { get; init; }

    /// <summary>What led to the frame from the one before it.</summary>
    public required FoundBy FoundBy { get; init; }

    /// <summary>Whether the address is that of the instruction about to run, not one after a call.</summary>
    public bool IsExact { get; init; }

    /// <summary>False for a frame that a guess led to; it may be stale.</summary>
    public bool IsReliable { get; init; } = true;

    /// <summary>The stack that the frame lies on.</summary>
    public FrameStack Stack { get; init; } = FrameStack.Task;

    /// <summary>The function, if a symbol covers the address.</summary>
    public Symbol? Function { get; init; }

    /// <summary>Distance of <see cref="Address"/> from the function's start, in bytes.</summary>
    public ulong Offset => Function is { } function ? Address - function.Address : 0;

    /// <summary>
    /// All registers, where they are known: the first frame of a CPU, exception frames and the user-mode frame.
    /// </summary>
    public CpuRegisters? Registers { get; init; }

    /// <summary>
    /// The frame pointer's register while the frame's function ran, where every rule up to here tells;
    /// whether it points to a frame or not.
    /// </summary>
    public ulong? FramePointer { get; init; }

    /// <summary>Whether it is the user program that the task was running.</summary>
    public bool IsUser => Registers is { IsUserMode: true };

    /// <summary>The frame as plain data.</summary>
    /// <param name="lines">Where its source lines come from, or null to do without.</param>
    public BacktraceFrame ToData(KernelLines? lines = null) => new()
    {
        Address = Address,
        StackAddress = StackAddress,
        Function = Function?.Name,
        Offset = Function is null ? null : Offset,
        Module = Function?.Module,
        FoundBy = FoundBy,
        Stack = Stack,
        IsReliable = IsReliable,
        IsException = FoundBy == FoundBy.ExceptionFrame,
        IsUser = IsUser,
        Registers = Registers?.Named.ToDictionary(register => register.Name, register => (Address)register.Value),
        Source = lines?.Find(this) ?? [],
    };
}

/// <summary>What led to where a task or CPU was, the innermost frame first.</summary>
/// <param name="Frames">The frames.</param>
/// <param name="WhyNotWhole">
/// Why it ends before the outermost frame, or has frames that a guess led to, as a clause; null if it is whole.
/// </param>
public sealed record StackTrace(IReadOnlyList<StackFrame> Frames, string? WhyNotWhole)
{
    /// <summary>The frames as plain data.</summary>
    /// <param name="lines">Where their source lines come from, or null to do without.</param>
    public IReadOnlyList<BacktraceFrame> ToData(KernelLines? lines = null) => [.. Frames.Select(frame => frame.ToData(lines))];
}

using Panicle.Formats.Json;
using Panicle.Kernel;
using Panicle.Kernel.Lines;
using Panicle.Kernel.Sched;
using Panicle.Kernel.Unwind;
using Panicle.Symbols;

namespace Panicle.Reports.Sections;

/// <summary>A task with its backtrace.</summary>
/// <param name="Pid">Its PID.</param>
/// <param name="Command">Its command name.</param>
/// <param name="Task">Address of its <c>task_struct</c>.</param>
/// <param name="Cpu">The CPU that it was on, or last was.</param>
/// <param name="IsIdle">Whether it is a CPU's idle task.</param>
/// <param name="State">The kernel's name of its state.</param>
/// <param name="Frames">The backtrace, innermost first.</param>
/// <param name="Problem">Why the backtrace is not whole, or null.</param>
public sealed record StackSection(
    int Pid, string Command, Address Task, int? Cpu, bool IsIdle, string State, IReadOnlyList<FrameLine> Frames, string? Problem)
{
    /// <summary>The task that panicked; null if the machine was still running.</summary>
    public static StackSection? OfCrash(KernelDump kernel, KernelLines? lines = null) =>
        kernel.Crash.Task is { } task ? Of(kernel, task, lines) : null;

    /// <summary>The tasks of the CPUs that didn't panic.</summary>
    public static IReadOnlyList<StackSection> OfOtherCpus(KernelDump kernel, KernelLines? lines = null) =>
    [
        .. kernel.Cpus.Online.Where(cpu => cpu != kernel.Crash.Cpu).Select(kernel.Tasks.CurrentOf).OfType<KernelTask>()
            .Select(task => Of(kernel, task, lines)),
    ];

    internal static StackSection Of(KernelDump kernel, KernelTask task, KernelLines? lines = null)
    {
        var trace = kernel.Unwinder.Unwind(task);
        return new StackSection(task.Pid, task.Command, task.Address, task.Cpu, task.IdleOf is not null, task.State.Name,
            FrameLine.Of(trace, lines), trace.WhyNotWhole);
    }
}

/// <summary>One frame of a backtrace.</summary>
/// <param name="Address">The instruction or return address.</param>
/// <param name="StackAddress">Where on the stack it was found.</param>
/// <param name="Function">The function; null if no symbol covers the address.</param>
/// <param name="Offset">Bytes from the function's start.</param>
/// <param name="Module">The function's module; null for the kernel image.</param>
/// <param name="FoundBy">How the frame was found.</param>
/// <param name="IsReliable">False if a guess led to it.</param>
/// <param name="IsException">Whether an exception or interrupt came in at this instruction.</param>
/// <param name="IsUser">Whether it is the user program.</param>
/// <param name="Stack">The stack it lies on.</param>
/// <param name="Registers">All registers, in the kernel's order, where they are known.</param>
public sealed record FrameLine(
    Address Address, Address StackAddress, string? Function, ulong Offset, string? Module, FoundBy FoundBy, bool IsReliable,
    bool IsException, bool IsUser, string Stack, IReadOnlyList<RegisterLine>? Registers)
{
    /// <summary>
    /// What the code was compiled from: functions inlined there, the innermost first, and then the function itself, each with its
    /// file and line. Empty where no debug information was found.
    /// </summary>
    public IReadOnlyList<SourceFrame> Source { get; init; } = [];

    /// <summary>The function's own file and line, "fs/read_write.c:582"; null where unknown.</summary>
    public string? Location => Source is [.., { IsInlined: false, Name: { } name } own] ? $"{name}:{own.Line}" : null;

    /// <summary>
    /// The place for people, as the kernel prints it: "crashme_inner+0xf [crashme]"; a Rust function goes by its path.
    /// </summary>
    public string Place =>
        new CodePlace(Function ?? $"0x{Address.Value:x}", Function is null ? null : Offset, null, Module).Demangled.ToString();

    /// <summary>
    /// Frames with runs of the same place made one: a recursion that filled a stack is one thing to read.
    /// </summary>
    /// <param name="frames">The frames of a backtrace.</param>
    /// <returns>Each frame, and how many times it comes in a row.</returns>
    public static IReadOnlyList<(FrameLine Frame, int Times)> Fold(IReadOnlyList<FrameLine> frames)
    {
        var folded = new List<(FrameLine Frame, int Times)>();
        foreach (var frame in frames)
        {
            if (folded.Count > 0 && folded[^1].Frame.Place == frame.Place && frame.Registers is null)
                folded[^1] = (folded[^1].Frame, folded[^1].Times + 1);
            else
                folded.Add((frame, 1));
        }
        return folded;
    }

    internal static IReadOnlyList<FrameLine> Of(StackTrace trace, KernelLines? lines = null) =>
    [
        .. trace.Frames.Select(frame => new FrameLine(frame.Address, frame.StackAddress, frame.Function?.Name, frame.Offset,
            frame.Function?.Module, frame.FoundBy, frame.IsReliable, frame.FoundBy == FoundBy.ExceptionFrame, frame.IsUser,
            frame.Stack,
            frame.Registers is { } registers
                ? [.. registers.Named.Select(register => new RegisterLine(register.Name, register.Value))]
                : null)
        {
            Source = lines?.Find(frame) ?? [],
        }),
    ];
}

/// <summary>A register and its value.</summary>
/// <param name="Name">The architecture's name, lower case.</param>
/// <param name="Value">Its content.</param>
public sealed record RegisterLine(string Name, Address Value);

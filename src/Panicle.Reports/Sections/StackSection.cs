using Panicle.Formats.Json;
using Panicle.Kernel;
using Panicle.Kernel.Lines;
using Panicle.Kernel.Sched;
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
    int Pid, string Command, Address Task, int? Cpu, bool IsIdle, string State, IReadOnlyList<BacktraceFrame> Frames,
    string? Problem)
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
            trace.ToData(lines), trace.WhyNotWhole);
    }
}

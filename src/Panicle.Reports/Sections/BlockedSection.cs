using Panicle.Formats.Json;
using Panicle.Kernel;
using Panicle.Kernel.Lines;
using Panicle.Symbols;

namespace Panicle.Reports.Sections;

/// <summary>Blocked tasks (uninterruptible) that are in the very same functions.</summary>
/// <param name="Tasks">The tasks, those that have waited longest first.</param>
/// <param name="Frames">The backtrace of the first of them.</param>
public sealed record BlockedSection(IReadOnlyList<BlockedTask> Tasks, IReadOnlyList<BacktraceFrame> Frames)
{
    internal static IReadOnlyList<BlockedSection> Read(KernelDump kernel, KernelLines? lines, CancellationToken cancellation) =>
    [
        .. kernel.Sched.Groups.Blocked(cancellation).Select(group => new BlockedSection(
            [.. group.Tasks.Select(waiting => new BlockedTask(waiting.Task.Pid, waiting.Task.Command, waiting.Task.Address,
                waiting.Waited is { } nanoseconds ? nanoseconds / 1e9 : null))],
            group.Trace.ToData(lines))),
    ];
}

/// <summary>A task that waited in <c>TASK_UNINTERRUPTIBLE</c> when the kernel died.</summary>
/// <param name="Pid">Its PID.</param>
/// <param name="Command">Its command name.</param>
/// <param name="Task">Address of its <c>task_struct</c>.</param>
/// <param name="WaitedSeconds">Seconds since it last ran; null if that can't be read.</param>
public sealed record BlockedTask(int Pid, string Command, Address Task, double? WaitedSeconds);

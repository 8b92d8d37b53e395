using Panicle.Kernel.Unwind;

namespace Panicle.Kernel.Sched;

/// <summary>Tasks that are in the very same functions.</summary>
/// <param name="Tasks">The tasks, those that have waited longest first.</param>
/// <param name="Trace">The backtrace of the first of them.</param>
public sealed record TaskGroup(IReadOnlyList<WaitingTask> Tasks, StackTrace Trace);

/// <summary>A task of a group, and since when it has not come onto a CPU anew.</summary>
/// <param name="Task">The task.</param>
/// <param name="Waited">Nanoseconds since it last came onto a CPU, or null if that can't be read.</param>
public readonly record struct WaitingTask(KernelTask Task, ulong? Waited);

/// <summary>Groups tasks by what they are doing, so that a hundred tasks that wait for one lock are one thing to read.</summary>
public sealed class TaskGroups
{
    private readonly KernelDump _kernel;

    internal TaskGroups(KernelDump kernel) => _kernel = kernel;

    /// <summary>The blocked tasks (uninterruptible), grouped by equal function sequences; the largest group first.</summary>
    /// <param name="cancellation">Stops the work.</param>
    public IReadOnlyList<TaskGroup> Blocked(CancellationToken cancellation = default) =>
        ByStack([.. _kernel.Tasks.All.Where(task => Losses.Ignored.Try(() => task.State) is { IsBlocked: true })],
            cancellation);

    /// <summary>Groups tasks by equal function sequences; the largest group first.</summary>
    public IReadOnlyList<TaskGroup> ByStack(
        IReadOnlyList<KernelTask> tasks, CancellationToken cancellation = default)
    {
        var times = _kernel.Sched.Times;
        var traces = new (WaitingTask Task, StackTrace Trace)[tasks.Count];
        Parallel.For(0, tasks.Count, new ParallelOptions { CancellationToken = cancellation }, i =>
            traces[i] = (new WaitingTask(tasks[i], Losses.Ignored.Try(() => times.SinceLastRun(tasks[i]))),
                _kernel.Unwinder.Unwind(tasks[i])));
        return
        [
            .. traces.GroupBy(trace => KeyOf(trace.Trace))
                .Select(group => group.OrderByDescending(trace => trace.Task.Waited ?? 0).ToList())
                .Select(group => new TaskGroup([.. group.Select(trace => trace.Task)], group[0].Trace))
                .OrderByDescending(group => group.Tasks.Count).ThenByDescending(group => group.Tasks[0].Waited ?? 0),
        ];
    }

    // Where in a function they are doesn't matter, and neither does what the user program was doing.
    private static string KeyOf(StackTrace trace) =>
        string.Join(
            ' ', trace.Frames.Where(frame => !frame.IsUser).Select(frame => frame.Function?.Name ?? $"0x{frame.Address:x}"));
}

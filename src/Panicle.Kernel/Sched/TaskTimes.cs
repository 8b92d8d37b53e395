using Panicle.Kernel.Values;

namespace Panicle.Kernel.Sched;

/// <summary>When a task started and ran. All in nanoseconds.</summary>
/// <param name="Start">When it was created, since boot (<c>task_struct.start_time</c>, suspends left out).</param>
/// <param name="User">CPU time in user mode (<c>utime</c>, counted in ticks on most kernels).</param>
/// <param name="System">CPU time in the kernel (<c>stime</c>).</param>
/// <param name="LastArrival">
/// When it last came onto a CPU, on the scheduler's clock (<c>sched_info.last_arrival</c>); 0 if it never did or isn't counted.
/// </param>
/// <param name="RunDelay">
/// How long it has waited in run queues altogether (<c>sched_info.run_delay</c>); null where the kernel doesn't count it.
/// </param>
public readonly record struct TaskTimes(ulong Start, ulong User, ulong System, ulong LastArrival, ulong? RunDelay);

/// <summary>Reads the times that the scheduler keeps in each <c>task_struct</c>. Thread-safe.</summary>
public sealed class TaskTimesReader
{
    private readonly KernelDump _kernel;
    private readonly int _start;
    private readonly int _user;
    private readonly int _system;
    private readonly int _lastArrival;
    private readonly int _runDelay;
    private readonly Lazy<ulong> _now;

    internal TaskTimesReader(KernelDump kernel)
    {
        _kernel = kernel;
        var task = new StructLayout(kernel.Types, "struct task_struct");
        _start = task.Offset("start_time");
        _user = task.Offset("utime");
        _system = task.Offset("stime");
        _lastArrival = task.OptionalOffset("sched_info.last_arrival");
        _runDelay = task.OptionalOffset("sched_info.run_delay");
        _now = new(ReadNow);
    }

    /// <summary>
    /// The scheduler's clock when the machine died, in nanoseconds: the most advanced of the run queues' clocks, since
    /// that of an idle CPU stands still.
    /// </summary>
    public ulong Now => _now.Value;

    /// <summary>The times of a task, up to the crash.</summary>
    public TaskTimes Of(KernelTask task) => new(
        At(task, _start, "task_struct.start_time"), At(task, _user, "task_struct.utime"), At(task, _system, "task_struct.stime"),
        LastArrivalOf(task), _runDelay < 0 ? null : At(task, _runDelay, "task_struct.sched_info.run_delay"));

    /// <summary>When the task last came onto a CPU; 0 where the kernel doesn't count it.</summary>
    public ulong LastArrivalOf(KernelTask task) =>
        _lastArrival < 0 ? 0 : At(task, _lastArrival, "task_struct.sched_info.last_arrival");

    /// <summary>
    /// How long ago the task last came onto a CPU, in nanoseconds; for one that sleeps, how long it has waited (but for
    /// the moment that it ran). Null where the kernel doesn't count it.
    /// </summary>
    public ulong? SinceLastRun(KernelTask task)
    {
        if (_lastArrival < 0)
            return null;
        var arrival = LastArrivalOf(task);
        return Now > arrival ? Now - arrival : 0;
    }

    private ulong At(KernelTask task, int offset, string what) =>
        _kernel.Memory.ReadUInt64(task.Address + (ulong)offset, what);

    private ulong ReadNow()
    {
        var clock = new StructLayout(_kernel.Types, "struct rq").Offset("clock");
        ulong now = 0;
        foreach (var cpu in _kernel.Cpus.Online)
            if (_kernel.Memory.TryReadUInt64(_kernel.Cpus.AddressOf("runqueues", cpu) + (ulong)clock, out var value))
                now = Math.Max(now, value);
        return now != 0 ? now : throw new KernelReadException("no run queue's clock can be read");
    }
}

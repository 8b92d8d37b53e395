using Panicle.Kernel.Values;

namespace Panicle.Kernel.Sched;

/// <summary>A task that waits in a run queue for its turn.</summary>
/// <param name="Task">The task.</param>
/// <param name="Priority">The kernel's priority: −1 deadline, 0–99 real-time, 100–139 for nice −20 to 19.</param>
/// <param name="IsThrottled">
/// Whether it has no turn before its group (or, of real-time tasks, all of them) gets new time: the share of the present
/// period is used up (<c>cpu.max</c>).
/// </param>
public sealed record QueuedTask(KernelTask Task, int Priority, bool IsThrottled);

/// <summary>A CPU's run queue (<c>struct rq</c>, kernel/sched/sched.h).</summary>
/// <param name="Cpu">The CPU.</param>
/// <param name="Address">Address of the <c>rq</c>.</param>
/// <param name="Clock">Its clock in nanoseconds; it stands still while the CPU is idle.</param>
/// <param name="Current">The task that the CPU was running, or null if that can't be read.</param>
/// <param name="RealTimeArray">Address of the queues of real-time tasks (<c>rt.active</c>).</param>
/// <param name="FairTree">Address of the tree of ordinary tasks (<c>cfs.tasks_timeline</c>).</param>
/// <param name="DeadlineTree">Address of the tree of deadline tasks (<c>dl.root</c>).</param>
/// <param name="Deadline">Waiting deadline tasks, the earliest deadline first.</param>
/// <param name="RealTime">Waiting real-time tasks, the highest priority first.</param>
/// <param name="Fair">
/// Waiting ordinary tasks, group by group: virtual run times are of one group's queue each, and the least is first within it.
/// </param>
public sealed record RunQueue(
    int Cpu, ulong Address, ulong Clock, KernelTask? Current, ulong RealTimeArray, ulong FairTree, ulong DeadlineTree,
    IReadOnlyList<QueuedTask> Deadline, IReadOnlyList<QueuedTask> RealTime, IReadOnlyList<QueuedTask> Fair);

/// <summary>The CPUs' run queues (the per-CPU variable <c>runqueues</c>).</summary>
public sealed class RunQueues
{
    private const int RealTimePriorities = 100; // MAX_RT_PRIO
    private const int MostGroups = 32; // Deeper than groups of real-time tasks nest.

    private readonly KernelDump _kernel;

    // Throttled tasks that stand in no queue, by their CPU.
    private readonly Lazy<ILookup<int, KernelValue>> _outOfQueue;

    internal RunQueues(KernelDump kernel) => (_kernel, _outOfQueue) = (kernel, new(() => OutOfQueue(kernel)));

    /// <summary>Reads a CPU's <c>struct rq</c>: who runs, and who waits in each scheduling class.</summary>
    /// <param name="cpu">The CPU.</param>
    /// <param name="losses">Gets what can't be read of the queues.</param>
    /// <exception cref="KernelReadException">The queue itself can't be read.</exception>
    public RunQueue Of(int cpu, Losses losses)
    {
        var queue = _kernel.At(_kernel.Cpus.AddressOf("runqueues", cpu), "struct rq");
        var current = _kernel.Tasks.CurrentOf(cpu);
        var isRealTimeThrottled = queue.Has("rt.rt_throttled")
            && Losses.Ignored.Try(() => queue["rt.rt_throttled"].IsTrue) == true;
        return new RunQueue(
            cpu, queue.Address, queue["clock"].ToUInt64(), current, queue["rt.active"].Address,
            queue["cfs.tasks_timeline"].Address,
            queue["dl.root"].Address, Part(() => Deadline(_kernel, queue, losses)),
            Part(() => RealTime(_kernel, queue["rt.active"], losses, 0)), Part(() => Fair(queue, cpu, losses)));

        IReadOnlyList<QueuedTask> Part(Func<IEnumerable<KernelValue>> read) => losses.Try($"the run queue of CPU {cpu}", () =>
            read().Select(task => QueuedOf(_kernel, task, isRealTimeThrottled)).OfType<QueuedTask>()
                .DistinctBy(task => task.Task.Address)
                .Where(task => task.Task.Address != current?.Address).ToList()) ?? [];
    }

    // The tree holds groups, too, each with a tree of its own; this list has every task of every group.
    private IEnumerable<KernelValue> Fair(KernelValue queue, int cpu, Losses losses) =>
        KernelLists.Entries(_kernel.Context, queue["cfs_tasks"].Address, "struct task_struct", "se.group_node", losses)
            .Concat(_outOfQueue.Value[cpu])
            .Where(task => !IsDelayed(task))
            .GroupBy(task => task.Has("se.cfs_rq") ? task["se.cfs_rq"].ToUInt64() : 0)
            .OrderBy(group => group.Key != queue["cfs"].Address)
            .SelectMany(group => group.OrderBy(task => task["se.vruntime"].ToInt64()));

    // Since 6.18 throttled tasks leave the queue one by one, on their way back to user mode.
    private static ILookup<int, KernelValue> OutOfQueue(KernelDump kernel)
    {
        var hasThem = new StructLayout(kernel.Types, "struct task_struct").OptionalOffset("throttled") >= 0;
        return (hasThem ? kernel.Tasks.All : [])
            .Where(task => Losses.Ignored.Try(() => task.Value["throttled"].IsTrue) == true)
            .ToLookup(task => Losses.Ignored.Try(() => (int?)task.Cpu) ?? -1, task => task.Value);
    }

    private static bool IsThrottled(KernelValue task, bool isRealTimeThrottled)
    {
        if (task["prio"].ToInt32() is var priority and < RealTimePriorities)
            return priority >= 0 && isRealTimeThrottled;
        // The count is of the group and of those that it is in.
        return task.Has("throttled") && task["throttled"].IsTrue
            || task.Has("se.cfs_rq") && task["se.cfs_rq"].Has("throttle_count")
            && task["se.cfs_rq"]["throttle_count"].IsTrue && !task.Has("throttled");
    }

    // Since 6.12 a task that went to sleep may stay queued until it would have had its turn.
    private static bool IsDelayed(KernelValue task) => task.Has("se.sched_delayed") && task["se.sched_delayed"].IsTrue;

    private static IEnumerable<KernelValue> RealTime(KernelDump kernel, KernelValue array, Losses losses, int depth)
    {
        for (var priority = 0; priority < RealTimePriorities; priority++)
        {
            if ((array["bitmap"][priority / 64].ToUInt64() >> (priority % 64) & 1) == 0)
                continue;
            var head = array["queue"][priority].Address;
            foreach (var entity in KernelLists.Entries(kernel.Context, head, "struct sched_rt_entity", "run_list", losses))
            {
                if (!entity.Has("my_q") || !entity["my_q"].IsTrue)
                    yield return entity.ContainerOf("struct task_struct", "rt");
                else if (depth < MostGroups)
                    foreach (var below in RealTime(kernel, entity["my_q"]["active"], losses, depth + 1))
                        yield return below;
            }
        }
    }

    // Since 6.8 a CPU's ordinary tasks as a whole have an entry here, too (dl_server).
    private static IEnumerable<KernelValue> Deadline(KernelDump kernel, KernelValue queue, Losses losses) =>
        RedBlackTrees.Entries(kernel.Context, queue["dl.root"].Address, "struct sched_dl_entity", "rb_node", losses)
            .Where(entity => !entity.Has("dl_server") || !entity["dl_server"].IsTrue)
            .Select(entity => entity.ContainerOf("struct task_struct", "dl"));

    private static QueuedTask? QueuedOf(KernelDump kernel, KernelValue task, bool isRealTimeThrottled) =>
        kernel.Tasks.At(task.Address) is { } known
            ? new QueuedTask(known, task["prio"].ToInt32(), IsThrottled(task, isRealTimeThrottled)) : null;
}

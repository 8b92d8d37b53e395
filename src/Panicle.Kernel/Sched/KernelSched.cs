namespace Panicle.Kernel.Sched;

/// <summary>
/// The kernel's scheduling of tasks (kernel/sched/), and what tasks use. Each part is read on first use and fails alone.
/// </summary>
public sealed class KernelSched
{
    private readonly Part<TaskTimesReader> _times;
    private readonly Part<TaskMemoryReader> _memory;

    internal KernelSched(KernelDump kernel)
    {
        RunQueues = new RunQueues(kernel);
        Tree = new TaskTree(kernel);
        Groups = new TaskGroups(kernel);
        _times = new("where a task's times lie", () => new TaskTimesReader(kernel));
        _memory = new("where a process's memory is counted", () => new TaskMemoryReader(kernel));
    }

    /// <summary>Who waits for a CPU: <c>struct rq</c> (kernel/sched/sched.h).</summary>
    public RunQueues RunQueues { get; }

    /// <summary>Who is whose parent, child and sibling thread.</summary>
    public TaskTree Tree { get; }

    /// <summary>Tasks grouped by what they are doing.</summary>
    public TaskGroups Groups { get; }

    /// <summary>When tasks started, ran and waited, in nanoseconds.</summary>
    public TaskTimesReader Times => _times.Value;

    /// <summary>How much memory processes have mapped, and how much of that is there.</summary>
    public TaskMemoryReader Memory => _memory.Value;
}

namespace Panicle.Kernel.Sched;

/// <summary>Who is whose parent, child and sibling thread.</summary>
public sealed class TaskTree
{
    private readonly KernelDump _kernel;

    internal TaskTree(KernelDump kernel) => _kernel = kernel;

    /// <summary>
    /// The task's parent (<c>real_parent</c>); null for the first task of the machine and for the idle tasks,
    /// which nobody waits for.
    /// </summary>
    public KernelTask? ParentOf(KernelTask task) =>
        task.IdleOf is null && task.Parent != task.Address ? _kernel.Tasks.At(task.Parent) : null;

    /// <summary>The task's ancestors, the first task of the machine first, the task itself last.</summary>
    public IReadOnlyList<KernelTask> LineageOf(KernelTask task)
    {
        var lineage = new List<KernelTask> { task };
        var seen = new HashSet<ulong> { task.Address };
        while (ParentOf(lineage[^1]) is { } parent && seen.Add(parent.Address))
            lineage.Add(parent);
        lineage.Reverse();
        return lineage;
    }

    /// <summary>The tasks whose parent (<c>real_parent</c>) this one is, by PID.</summary>
    public IReadOnlyList<KernelTask> ChildrenOf(KernelTask task) =>
        [.. _kernel.Tasks.All.Where(other => IsParent(task, other))];

    /// <summary>The other threads of the process that the task leads or belongs to, by PID.</summary>
    public IReadOnlyList<KernelTask> ThreadsOf(KernelTask leader) =>
        [.. _kernel.Tasks.All.Where(other =>
            other.Tgid == leader.Tgid && other.IdleOf is null && other.Address != leader.Address)];

    // One whose parent can't be read is nobody's.
    private static bool IsParent(KernelTask parent, KernelTask child) =>
        child.IdleOf is null && Losses.Ignored.Try(() => child.Parent) == parent.Address;
}

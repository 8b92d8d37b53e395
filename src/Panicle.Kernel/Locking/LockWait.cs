using Panicle.Kernel.Sched;

namespace Panicle.Kernel.Locking;

/// <summary>The kinds of lock for which a task sleeps and whose owner the kernel keeps.</summary>
public enum SleepingLockKind
{
    /// <summary>A <c>struct mutex</c> (kernel/locking/mutex.c): one task holds it, and it says which.</summary>
    Mutex,

    /// <summary>A <c>struct rw_semaphore</c> (kernel/locking/rwsem.c): of several readers it names the last.</summary>
    ReadWriteSemaphore,
}

/// <summary>A task that sleeps until it gets a lock.</summary>
/// <param name="Task">The task that waits.</param>
/// <param name="Kind">The kind of lock.</param>
/// <param name="Lock">Address of the lock.</param>
/// <param name="Owner">The task that holds the lock; null if no one does, or if it can't be read.</param>
/// <param name="IsReader">
/// Whether <paramref name="Owner"/> is only the last of the readers: there may be others, and it may have let go.
/// </param>
public sealed record LockWait(KernelTask Task, SleepingLockKind Kind, ulong Lock, KernelTask? Owner, bool IsReader)
{
    /// <summary>The lock's C type without <c>struct</c>: "mutex" or "rw_semaphore".</summary>
    public string Type => Kind == SleepingLockKind.Mutex ? "mutex" : "rw_semaphore";
}

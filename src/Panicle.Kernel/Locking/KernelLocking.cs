namespace Panicle.Kernel.Locking;

/// <summary>The locks that tasks and CPUs wait for (kernel/locking/). Each part is read on first use and fails alone.</summary>
public sealed class KernelLocking
{
    private readonly Part<LockWaits> _waits;
    private readonly Part<SpinlockWaits> _spinlocks;

    internal KernelLocking(KernelDump kernel)
    {
        _waits = new("where waiters of locks lie", () => new LockWaits(kernel));
        _spinlocks = new("the spinlocks that CPUs wait for", () => new SpinlockWaits(kernel));
    }

    /// <summary>The locks that blocked tasks wait for: mutexes and semaphores.</summary>
    public LockWaits Waits => _waits.Value;

    /// <summary>The spinlocks that CPUs wait for.</summary>
    public SpinlockWaits Spinlocks => _spinlocks.Value;
}

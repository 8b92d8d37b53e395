namespace Panicle.Kernel.Locking;

/// <summary>
/// The value of a <c>struct qspinlock</c> (include/asm-generic/qspinlock_types.h): a byte that is 1 while the lock is held, a bit
/// for the first who waits, and the CPU of the last who queues behind. Who holds the lock isn't in it.
/// </summary>
/// <param name="Value">The lock's 32 bits.</param>
public readonly record struct QueuedSpinlock(uint Value)
{
    /// <summary>Whether somebody holds it: the low byte isn't 0.</summary>
    public bool IsLocked => (Value & 0xff) != 0;

    /// <summary>Whether someone waits right behind the holder.</summary>
    public bool IsPending => (Value >> 8 & 1) != 0;

    /// <summary>The CPU that queued last, or null if none queues.</summary>
    public int? LastInQueue => Value >> 18 is > 0 and var cpu ? (int)cpu - 1 : null;

    /// <summary>Whether a kernel with so many CPUs could have such a value.</summary>
    /// <param name="cpus">The number of possible CPUs.</param>
    public bool IsPlausible(int cpus) => (Value & 0xff) <= 3 && (Value >> 9 & 0x7f) == 0 && (LastInQueue ?? 0) < cpus;

    /// <summary>The value and what it means: "0x140101: held, one waits, CPU 4 is the last in the queue".</summary>
    public override string ToString()
    {
        var waiting = IsPending ? ", one waits" : "";
        var queued = LastInQueue is null ? "" : $", CPU {LastInQueue} is the last in the queue";
        return $"0x{Value:x}: {(IsLocked ? "held" : "free")}{waiting}{queued}";
    }
}

using Panicle.Kernel.Sched;
using Panicle.Kernel.Unwind;

namespace Panicle.Kernel.Locking;

/// <summary>A CPU that spins for a lock.</summary>
/// <param name="Cpu">The CPU.</param>
/// <param name="Task">What it ran.</param>
/// <param name="Lock">Address of the <c>qspinlock</c>.</param>
/// <param name="Value">The lock's value.</param>
/// <param name="Caller">The frame that wanted the lock; null if the backtrace doesn't tell.</param>
public sealed record SpinlockWait(int Cpu, KernelTask Task, ulong Lock, QueuedSpinlock Value, StackFrame? Caller);

/// <summary>Finds the CPUs that spin for a lock, and for which: the lock is in a register of the function that spins.</summary>
public sealed class SpinlockWaits
{
    private const int MostFrames = 12;

    internal SpinlockWaits(KernelDump kernel) =>
        All = [.. kernel.Cpus.Online.Select(cpu => kernel.Tasks.CurrentOf(cpu) is { } task ? Of(kernel, cpu, task) : null)
            .OfType<SpinlockWait>()];

    /// <summary>The CPUs that spin, by number.</summary>
    public IReadOnlyList<SpinlockWait> All { get; }

    private static SpinlockWait? Of(KernelDump kernel, int cpu, KernelTask task)
    {
        var frames = kernel.Unwinder.Unwind(task).Frames;
        // An interrupt of a CPU that spins may spin for another lock, which has been let go since.
        return Enumerable.Range(0, frames.Count)
            .Where(at => frames[at] is { IsUser: false, Registers: not null } frame && IsSpinning(frame)).Take(MostFrames)
            .Select(at => At(kernel, cpu, task, frames, at)).FirstOrDefault(wait => wait is not null);
    }

    private static SpinlockWait? At(KernelDump kernel, int cpu, KernelTask task, IReadOnlyList<StackFrame> frames, int at)
    {
        foreach (var name in kernel.Architecture.Processor.Registers.KeepFirstArgument)
        {
            if (frames[at].Registers![name] is { } address && address % 4 == 0 && kernel.Memory.IsKernelAddress(address)
                && kernel.Memory.TryReadUInt32(address, out var word)
                && new QueuedSpinlock(word) is { IsLocked: true } value && value.IsPlausible(kernel.Cpus.Possible.Count))
                return new SpinlockWait(cpu, task, address, value,
                    frames.Skip(at + 1).FirstOrDefault(frame => frame.Function is not null && !IsSpinning(frame)));
        }
        return null;
    }

    /// <summary>Whether a frame is in the code that takes a spinlock (kernel/locking/qspinlock.c, spinlock.c).</summary>
    public static bool IsSpinning(StackFrame frame) => frame.Function?.Name is { } name
        && (name.Contains("queued_spin_lock_slowpath", StringComparison.Ordinal)
            || name.StartsWith("_raw_spin_lock", StringComparison.Ordinal)
            || name.StartsWith("queued_read_lock_slowpath", StringComparison.Ordinal)
            || name.StartsWith("queued_write_lock_slowpath", StringComparison.Ordinal));
}

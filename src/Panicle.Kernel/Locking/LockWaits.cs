using Panicle.Kernel.Sched;
using Panicle.Kernel.Values;

namespace Panicle.Kernel.Locking;

/// <summary>
/// Finds the locks that blocked tasks wait for, and who holds them. A task that waits has its waiter on its own stack, linked
/// into the lock: from there the lock is found, and its <c>owner</c> is the holder's
/// <c>task_struct</c> with flags in the low bits.
/// </summary>
public sealed class LockWaits
{
    private const ulong OwnerFlags = 7;
    private const ulong ReaderOwned = 1; // RWSEM_READER_OWNED
    private const int MostWaiters = 4096;
    private const int MostFrames = 12; // The slow path of a lock is called right above schedule().

    private static readonly (string Beginning, SleepingLockKind Kind)[] SlowPaths =
    [
        ("__mutex_lock", SleepingLockKind.Mutex),
        ("__ww_mutex_lock", SleepingLockKind.Mutex),
        ("rwsem_down_", SleepingLockKind.ReadWriteSemaphore),
        ("__rwsem_down_", SleepingLockKind.ReadWriteSemaphore),
    ];

    private readonly KernelDump _kernel;
    private readonly Layout _mutex;
    private readonly Layout _semaphore;
    private readonly int _blockedOn;

    internal LockWaits(KernelDump kernel)
    {
        _kernel = kernel;
        _mutex = new Layout(kernel, "struct mutex", "struct mutex_waiter");
        _semaphore = new Layout(kernel, "struct rw_semaphore", "struct rwsem_waiter");
        _blockedOn = new StructLayout(kernel.Types, "struct task_struct").OptionalOffset("blocked_on");
    }

    /// <summary>What each blocked task waits for; tasks that wait for something else are missing.</summary>
    /// <param name="cancellation">Stops the work.</param>
    public IReadOnlyList<LockWait> All(CancellationToken cancellation = default)
    {
        var tasks = _kernel.Tasks.All;
        var found = new LockWait?[tasks.Count];
        Parallel.For(0, tasks.Count, new ParallelOptions { CancellationToken = cancellation },
            i => found[i] = Losses.Ignored.Try(() => Of(tasks[i])));
        return [.. found.OfType<LockWait>()];
    }

    /// <summary>
    /// Circles of tasks, each of which waits for a lock that the next one holds, the last for one of the first's.
    /// </summary>
    public static IReadOnlyList<IReadOnlyList<LockWait>> Cycles(IReadOnlyList<LockWait> waits)
    {
        var byTask = waits.DistinctBy(wait => wait.Task.Address).ToDictionary(wait => wait.Task.Address);
        var done = new HashSet<ulong>();
        var cycles = new List<IReadOnlyList<LockWait>>();
        foreach (var start in waits)
        {
            var path = new List<LockWait>();
            var next = start;
            while (next is not null && done.Add(next.Task.Address))
            {
                path.Add(next);
                next = next.Owner is { } owner ? byTask.GetValueOrDefault(owner.Address) : null;
            }
            // Where the path meets itself a circle begins; what led to it waits for the circle only.
            if (next is not null && path.IndexOf(next) is >= 0 and var first)
                cycles.Add(path[first..]);
        }
        return cycles;
    }

    private LockWait? Of(KernelTask task)
    {
        if (!task.State.IsBlocked)
            return null;
        // Since 6.17 a task says itself which mutex it waits for (other values than an address mark one that is being woken).
        if (_blockedOn >= 0 && _kernel.Memory.TryReadWord(task.Address + (ulong)_blockedOn, out var mutex)
            && _kernel.Memory.IsKernelAddress(mutex) && mutex % WordSize == 0)
            return WaitFor(task, SleepingLockKind.Mutex, mutex);
        return OnStack(task);
    }

    private LockWait? OnStack(KernelTask task)
    {
        var frames = _kernel.Unwinder.Unwind(task).Frames;
        if (KindOf(frames) is not { } kind)
            return null;
        var layout = LayoutOf(kind);
        var start = frames[0].StackAddress & ~(WordSize - 1);
        var stack = ReadStack(task, start);
        for (var i = 0; i < stack.Length; i++)
        {
            var waiter = start + (ulong)i * WordSize - (ulong)layout.Task;
            if (stack[i] == task.Address && IsLinked(waiter, layout) && LockOf(waiter, layout, stack) is { } address)
                return WaitFor(task, kind, address);
        }
        return null;
    }

    private LockWait WaitFor(KernelTask task, SleepingLockKind kind, ulong address)
    {
        var layout = LayoutOf(kind);
        var owner = _kernel.Memory.ReadWord(address + (ulong)layout.Owner, $"{layout.Name}.owner");
        var isReader = kind == SleepingLockKind.ReadWriteSemaphore && (owner & ReaderOwned) != 0;
        return new LockWait(task, kind, address, _kernel.Tasks.At(owner & ~OwnerFlags), isReader);
    }

    private ulong WordSize => (ulong)_kernel.Memory.Words.Size;

    private Layout LayoutOf(SleepingLockKind kind) => kind == SleepingLockKind.Mutex ? _mutex : _semaphore;

    private static SleepingLockKind? KindOf(IReadOnlyList<Unwind.StackFrame> frames)
    {
        foreach (var frame in frames.Take(MostFrames))
        {
            foreach (var (beginning, kind) in SlowPaths)
            {
                if (frame.Function?.Name.StartsWith(beginning, StringComparison.Ordinal) == true)
                    return kind;
            }
        }
        return null;
    }

    private ulong[] ReadStack(KernelTask task, ulong start)
    {
        var range = _kernel.Unwinder.StackOf(task);
        if (!range.Contains(start))
            throw new KernelReadException($"the stack pointer of {task} is not on its stack");
        var bytes = new byte[range.End - start];
        _kernel.Memory.Read(start, bytes, "a task's stack");
        var words = new ulong[bytes.Length / (int)WordSize];
        for (var i = 0; i < words.Length; i++)
            words[i] = _kernel.Memory.Words.ReadWord(bytes.AsSpan(i * (int)WordSize));
        return words;
    }

    private bool IsLinked(ulong waiter, Layout layout)
    {
        var node = waiter + (ulong)layout.Link;
        return _kernel.Memory.TryReadWord(node, out var next) && _kernel.Memory.TryReadWord(node + WordSize, out var previous)
            && _kernel.Memory.TryReadWord(next + WordSize, out var back) && back == node
            && _kernel.Memory.TryReadWord(previous, out var forth) && forth == node;
    }

    // The lock has the head of its waiters' list, or, since 7.1, a pointer to the first of a ring of waiters.
    private ulong? LockOf(ulong waiter, Layout layout, ulong[] stack)
    {
        var node = waiter + (ulong)layout.Link;
        var others = KernelLists.NodesAfter(_kernel.Context, node, node).Take(MostWaiters);
        if (layout.FirstWaiter < 0)
        {
            var head = others.FirstOrDefault(other => !IsWaiter(other - (ulong)layout.Link, layout));
            return head == 0 ? null : head - (ulong)layout.WaitList;
        }
        // Nothing leads from the ring to the lock; but the slow path keeps the lock's address on the stack.
        var waiters = others.Append(node).Select(other => other - (ulong)layout.Link).ToHashSet();
        foreach (var word in stack)
        {
            if (word % WordSize == 0 && _kernel.Memory.IsKernelAddress(word)
                && _kernel.Memory.TryReadWord(word + (ulong)layout.FirstWaiter, out var first) && waiters.Contains(first))
                return word;
        }
        return null;
    }

    // A waiter lies on the stack of the task that it names; a lock doesn't.
    private bool IsWaiter(ulong address, Layout layout) =>
        _kernel.Memory.TryReadWord(address + (ulong)layout.Task, out var task) && _kernel.Tasks.At(task) is { } owner
        && Losses.Ignored.Try(() => _kernel.Unwinder.StackOf(owner)) is { } stack && stack.Contains(address);

    private sealed class Layout
    {
        public Layout(KernelDump kernel, string name, string waiter)
        {
            Name = name;
            var itself = new StructLayout(kernel.Types, name);
            var waiting = new StructLayout(kernel.Types, waiter);
            Owner = itself.OptionalOffset("owner");
            WaitList = itself.OptionalOffset("wait_list");
            FirstWaiter = itself.OptionalOffset("first_waiter");
            Link = waiting.OptionalOffset("list");
            Task = waiting.OptionalOffset("task");
            // PREEMPT_RT builds its locks on rt_mutex, which is another matter.
            if (Owner < 0 || Link < 0 || Task < 0 || (WaitList < 0 && FirstWaiter < 0))
                throw new KernelReadException($"this kernel's {name} is of another shape: who waits for it is not known");
        }

        public string Name { get; }

        public int Owner { get; }

        public int WaitList { get; }

        public int FirstWaiter { get; }

        public int Link { get; }

        public int Task { get; }
    }
}

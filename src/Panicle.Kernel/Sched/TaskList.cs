using Panicle.Kernel.Values;

namespace Panicle.Kernel.Sched;

/// <summary>Every task: the idle tasks, the processes on <c>init_task.tasks</c>, and their threads.</summary>
public sealed class TaskList
{
    private readonly KernelDump _kernel;
    private readonly TaskLayout _layout;
    private readonly Losses _brokenThreadLists = new();
    private readonly Dictionary<ulong, KernelTask> _byAddress = [];
    private readonly Lazy<KernelTask?[]> _current;
    private readonly Lazy<IReadOnlyList<KernelTask>> _all;

    internal TaskList(KernelDump kernel)
    {
        _kernel = kernel;
        _layout = new TaskLayout(kernel.Types);
        _current = new Lazy<KernelTask?[]>(ReadCurrent);
        _all = new Lazy<IReadOnlyList<KernelTask>>(ReadAll);
    }

    /// <summary>The idle tasks by CPU, then all others by PID. Walks the whole list on first use.</summary>
    public IReadOnlyList<KernelTask> All => _all.Value;

    /// <summary>What of the list could not be read; complete once <see cref="All"/> was used.</summary>
    public Losses Losses { get; } = new();

    /// <summary>The task that a CPU was running (<c>runqueues.curr</c>), or null where that can't be read.</summary>
    public KernelTask? CurrentOf(int cpu) => cpu >= 0 && cpu < _current.Value.Length ? _current.Value[cpu] : null;

    /// <summary>The task of a PID, or null. 0 gives CPU 0's idle task.</summary>
    public KernelTask? FindPid(int pid) => All.FirstOrDefault(task => task.Pid == pid);

    /// <summary>
    /// The task whose <c>task_struct</c> lies at an address, listed or not; null if nothing readable lies there.
    /// </summary>
    public KernelTask? At(ulong address)
    {
        if (address == 0)
            return null;
        return _all.IsValueCreated && _byAddress.TryGetValue(address, out var known)
            ? known : Losses.Ignored.Try(() => new KernelTask(_kernel, _layout, address));
    }

    private KernelTask?[] ReadCurrent()
    {
        var cpus = _kernel.Cpus.Possible;
        var tasks = new KernelTask?[cpus.Count == 0 ? 0 : cpus[^1] + 1];
        var current = new StructLayout(_kernel.Types, "struct rq").Offset("curr");
        foreach (var cpu in _kernel.Cpus.Online)
        {
            if (cpu < tasks.Length
                && _kernel.Memory.TryReadWord(_kernel.Cpus.AddressOf("runqueues", cpu) + (ulong)current, out var address))
                tasks[cpu] = IdleTasks().FirstOrDefault(idle => idle.Address == address) ?? At(address);
        }
        return tasks;
    }

    private IReadOnlyList<KernelTask> ReadAll()
    {
        var others = new Dictionary<ulong, KernelTask>();
        var head = _kernel.SymbolAddress("init_task") + (ulong)_layout.Tasks;
        var before = Losses.Count;
        AddProcesses(others, KernelLists.Nodes(_kernel.Context, head, Losses));
        // A list that is broken in one place is whole from its other end.
        if (Losses.Count > before)
            AddProcesses(others, KernelLists.Nodes(_kernel.Context, head, Losses, backwards: true));
        // A page that is missing breaks the lists of all the processes on it: one sentence says it for them all.
        if (_brokenThreadLists.Count > 0)
            Losses.Add(
                $"the threads of {_brokenThreadLists.Total} processes may not all be known; "
                    + $"the first: {_brokenThreadLists.First()}");
        var idle = IdleTasks();
        foreach (var task in idle)
            others.Remove(task.Address);
        List<KernelTask> all = [.. idle, .. others.Values.OrderBy(task => task.Pid)];
        foreach (var task in all)
            _byAddress.TryAdd(task.Address, task);
        return all;
    }

    private void AddProcesses(Dictionary<ulong, KernelTask> tasks, IEnumerable<ulong> nodes)
    {
        foreach (var node in nodes)
        {
            var leader = node - (ulong)_layout.Tasks;
            Add(tasks, leader);
            // The leader is the first on the list of its process's threads; the list's head lies in signal_struct, whose
            // page the dump may lack.
            if (_kernel.Memory.TryReadWord(leader + (ulong)_layout.Signal, out var signal) && signal != 0)
            {
                foreach (var thread in KernelLists.NodesAfter(
                    _kernel.Context, leader + (ulong)_layout.ThreadNode, signal + (ulong)_layout.ThreadHead, _brokenThreadLists))
                    Add(tasks, thread - (ulong)_layout.ThreadNode);
            }
        }
    }

    private void Add(Dictionary<ulong, KernelTask> tasks, ulong address)
    {
        if (tasks.ContainsKey(address))
            return;
        if (Losses.Try("task", address, () => new KernelTask(_kernel, _layout, address)) is { } task)
            tasks.Add(address, task);
    }

    private List<KernelTask> IdleTasks()
    {
        var tasks = new List<KernelTask>();
        var idle = new StructLayout(_kernel.Types, "struct rq").Offset("idle");
        // A CPU that is offline keeps its idle task.
        foreach (var cpu in _kernel.Cpus.Present.Where(cpu => _kernel.Cpus.TryOffsetOf(cpu, out _)))
        {
            if (_kernel.Memory.TryReadWord(_kernel.Cpus.AddressOf("runqueues", cpu) + (ulong)idle, out var address)
                && address != 0)
                tasks.Add(new KernelTask(_kernel, _layout, address, cpu));
        }
        return tasks;
    }
}

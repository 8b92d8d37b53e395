using Panicle.Kernel.Values;

namespace Panicle.Kernel.Sched;

/// <summary>
/// A task: a thread of a process, or a thread of the kernel (<c>struct task_struct</c>, include/linux/sched.h).
/// </summary>
public sealed class KernelTask
{
    private readonly KernelDump _kernel;
    private readonly TaskLayout _layout;

    internal KernelTask(KernelDump kernel, TaskLayout layout, ulong address, int? idleOf = null)
    {
        _kernel = kernel;
        _layout = layout;
        Address = address;
        IdleOf = idleOf;
        Pid = (int)kernel.Memory.ReadUInt32(address + (ulong)layout.Pid, "task_struct.pid");
        Tgid = (int)kernel.Memory.ReadUInt32(address + (ulong)layout.Tgid, "task_struct.tgid");
    }

    /// <summary>Address of the <c>task_struct</c>.</summary>
    public ulong Address { get; }

    /// <summary>The <c>task_struct</c> (include/linux/sched.h), for members that have no property here.</summary>
    public KernelValue Value => KernelValue.At(_kernel.Context, _layout.Type, Address);

    /// <summary>The thread's ID in the initial PID namespace; 0 for the idle tasks.</summary>
    public int Pid { get; }

    /// <summary>The process's ID: the <see cref="Pid"/> of the thread group's leader.</summary>
    public int Tgid { get; }

    /// <summary>The CPU whose idle task this is, or null.</summary>
    public int? IdleOf { get; }

    /// <summary>Whether it is its process's first thread.</summary>
    public bool IsLeader => Pid == Tgid;

    /// <summary>The command name: at most 15 bytes, as <c>ps -o comm</c> shows it.</summary>
    public string Command => _kernel.Memory.ReadString(Address + (ulong)_layout.Comm, 16, "task_struct.comm");

    /// <summary>The CPU on which it runs or last ran.</summary>
    public int Cpu => IdleOf ?? (int)_kernel.Memory.ReadUInt32(Address + (ulong)_layout.Cpu, "task's cpu");

    /// <summary>Whether a CPU was running it.</summary>
    public bool IsOnCpu => _kernel.Tasks.CurrentOf(Cpu)?.Address == Address;

    /// <summary>Address of its <c>mm_struct</c>; 0 for a thread of the kernel.</summary>
    public ulong Mm => _kernel.Memory.ReadWord(Address + (ulong)_layout.Mm, "task_struct.mm");

    /// <summary>PF_* bits (include/linux/sched.h): what kind of task it is and what it is doing.</summary>
    public uint Flags => _kernel.Memory.ReadUInt32(Address + (ulong)_layout.Flags, "task_struct.flags");

    /// <summary>Whether it is a thread of the kernel (PF_KTHREAD).</summary>
    public bool IsKernelThread => (Flags & 0x0020_0000) != 0;

    /// <summary>Lowest address of its kernel stack.</summary>
    public ulong Stack => _kernel.Memory.ReadWord(Address + (ulong)_layout.Stack, "task_struct.stack");

    /// <summary>The scheduler state: <c>__state</c> (or <c>state</c>) and <c>exit_state</c> together.</summary>
    public TaskState State
    {
        get
        {
            // The state was a long until 5.13 and is an unsigned int since; its bits fit 32 in both.
            var state = _kernel.Memory.ReadUInt32(Address + (ulong)_layout.State, "task's state");
            var exit = _kernel.Memory.ReadUInt32(Address + (ulong)_layout.ExitState, "task_struct.exit_state");
            return new TaskState(state, exit);
        }
    }

    /// <summary>Address of the parent's <c>task_struct</c>, as <c>ps</c> understands it (<c>real_parent</c>).</summary>
    public ulong Parent => _kernel.Memory.ReadWord(Address + (ulong)_layout.Parent, "task_struct.real_parent");

    /// <summary>The resource limits of its process (getrlimit(2), <c>signal_struct.rlim</c>).</summary>
    /// <exception cref="KernelReadException">They can't be read.</exception>
    public IReadOnlyList<ResourceLimit> Limits => TaskLimits.Read(this);

    /// <summary>The command line and the environment of its process, out of the process's own memory.</summary>
    /// <exception cref="KernelReadException">The dump lacks that memory, as most do.</exception>
    public ProcessArguments Arguments => ProcessArguments.Read(_kernel, this);

    /// <inheritdoc/>
    public override string ToString() => $"PID {Pid} ({Command})";
}

using Panicle.Kernel.Values;
using Panicle.Symbols;

namespace Panicle.Kernel.Sched;

/// <summary>Where the members of <c>task_struct</c> that every task needs lie in this kernel.</summary>
internal sealed class TaskLayout
{
    public TaskLayout(TypeCatalog types)
    {
        Type = types.Required("struct task_struct");
        var layout = new StructLayout(types, "struct task_struct");
        Pid = layout.Offset("pid");
        Tgid = layout.Offset("tgid");
        Comm = layout.Offset("comm");
        Mm = layout.Offset("mm");
        Flags = layout.Offset("flags");
        Stack = layout.Offset("stack");
        State = layout.Offset("__state", "state"); // Renamed in 5.14.
        ExitState = layout.Offset("exit_state");
        Parent = layout.Offset("real_parent");
        Cpu = layout.Offset("thread_info.cpu", "cpu"); // Moved into thread_info in 5.16.
        Tasks = layout.Offset("tasks");
        Signal = layout.Offset("signal");
        ThreadNode = layout.Offset("thread_node");
        ThreadHead = new StructLayout(types, "struct signal_struct").Offset("thread_head");
    }

    public KernelType Type { get; }
    public int Pid { get; }
    public int Tgid { get; }
    public int Comm { get; }
    public int Mm { get; }
    public int Flags { get; }
    public int Stack { get; }
    public int State { get; }
    public int ExitState { get; }
    public int Parent { get; }
    public int Cpu { get; }
    public int Tasks { get; }
    public int Signal { get; }
    public int ThreadNode { get; }
    public int ThreadHead { get; }
}

using Panicle.Kernel.Sched;
using Panicle.Kernel.Unwind;
using Panicle.Symbols;

namespace Panicle.Kernel.Arch.X86_64;

/// <summary>
/// The stacks that a CPU may be on (Documentation/arch/x86/kernel-stacks.rst): the task's, the CPU's interrupt stack,
/// the exception stacks in its cpu_entry_area, and the small entry stack.
/// </summary>
internal sealed class X86_64Stacks
{
    private const ulong IrqStackSize = 16384;
    private const ulong DefaultThreadSize = 16384;

    private static readonly (string Member, string Name)[] ExceptionStacks =
    [
        ("DF_stack", "#DF"), ("NMI_stack", "NMI"), ("DB_stack", "#DB"), ("MCE_stack", "#MC"), ("VC_stack", "#VC"),
        ("VC2_stack", "#VC2"),
    ];

    private readonly KernelDump _kernel;
    private readonly Dictionary<int, IReadOnlyList<KernelStack>> _ofCpu = [];
    private readonly Lock _gate = new();

    public X86_64Stacks(KernelDump kernel)
    {
        _kernel = kernel;
        // union thread_union is the stack itself; with KASAN it is larger.
        ThreadSize = kernel.Types.Find(TypeKind.Union, "thread_union")?.Size is { } size and >= 4096 ? size : DefaultThreadSize;
    }

    /// <summary>Size of a task's stack in bytes (THREAD_SIZE).</summary>
    public ulong ThreadSize { get; }

    public KernelStack OfTask(KernelTask task) => new(FrameStack.Task, new AddressRange(task.Stack, task.Stack + ThreadSize));

    /// <summary>The stacks of a CPU that belong to no task. Those that can't be found are missing.</summary>
    public IReadOnlyList<KernelStack> OfCpu(int cpu)
    {
        lock (_gate)
        {
            if (!_ofCpu.TryGetValue(cpu, out var stacks))
                _ofCpu[cpu] = stacks = Find(cpu);
            return stacks;
        }
    }

    private List<KernelStack> Find(int cpu)
    {
        var stacks = new List<KernelStack>();
        AddIrqStack(stacks, cpu);
        AddExceptionStacks(stacks, cpu);
        return stacks;
    }

    private void AddIrqStack(List<KernelStack> stacks, int cpu)
    {
        if (!TryIrqStackTop(cpu, out var top))
            return;
        // The pointer is at, or one word below, the top.
        var end = (top + 15) & ~15UL;
        stacks.Add(new KernelStack(FrameStack.Irq, new AddressRange(end - IrqStackSize, end)));
    }

    // hardirq_stack_ptr is a per-CPU variable of its own, and was a member of pcpu_hot from 6.2 to 6.14.
    private bool TryIrqStackTop(int cpu, out ulong top)
    {
        top = 0;
        if (_kernel.TrySymbolAddress("hardirq_stack_ptr", out var variable))
            return _kernel.Memory.TryReadUInt64(_kernel.Cpus.AddressOf(variable, cpu), out top) && top != 0;
        if (!_kernel.TrySymbolAddress("pcpu_hot", out variable)
            || _kernel.Types.Parse("struct pcpu_hot") is not { } hot || !hot.TryFindMember("hardirq_stack_ptr", out var member))
            return false;
        return _kernel.Memory.TryReadUInt64(_kernel.Cpus.AddressOf(variable, cpu) + member.BitOffset / 8, out top) && top != 0;
    }

    // cea_exception_stacks points to a struct in which guards and stacks take turns.
    private void AddExceptionStacks(List<KernelStack> stacks, int cpu)
    {
        if (!_kernel.TrySymbolAddress("cea_exception_stacks", out var variable)
            || !_kernel.Memory.TryReadUInt64(_kernel.Cpus.AddressOf(variable, cpu), out var area) || area == 0
            || _kernel.Types.Parse("struct cea_exception_stacks") is not { } layout)
            return;
        foreach (var (name, title) in ExceptionStacks)
        {
            if (layout.TryFindMember(name, out var member) && member.Type.Size > 0)
            {
                var start = area + member.BitOffset / 8;
                stacks.Add(new KernelStack(
                    new FrameStack(StackKind.Exception, title), new AddressRange(start, start + member.Type.Size)));
            }
        }
    }
}

using Panicle.Kernel.Sched;
using Panicle.Kernel.Unwind;
using Panicle.Symbols;

namespace Panicle.Kernel.Arch.X86_64;

/// <summary>Backtraces on x86-64, by ORC where the kernel has it (Documentation/arch/x86/orc-unwinder.rst).</summary>
internal sealed class X86_64Unwinder : StackUnwinder
{
    private readonly KernelDump _kernel;
    private readonly X86_64Stacks _stacks;
    private readonly X86_64UnwindRules _rules;
    private readonly int _switchFrameBp;
    private readonly int _switchFrameReturn;
    private readonly int _threadSp;

    public X86_64Unwinder(KernelDump kernel)
    {
        _kernel = kernel;
        _stacks = new X86_64Stacks(kernel);
        _rules = new X86_64UnwindRules(kernel);
        _threadSp = new Values.StructLayout(kernel.Types, "struct task_struct").Offset("thread.sp");
        // What __switch_to_asm leaves on the stack (arch/x86/include/asm/switch_to.h).
        var frame = new Values.StructLayout(kernel.Types, "struct inactive_task_frame");
        _switchFrameBp = frame.Size > 0 ? frame.Offset("bp") : 40;
        _switchFrameReturn = frame.Size > 0 ? frame.Offset("ret_addr") : 48;
    }

    public override StackTrace Unwind(KernelTask task)
    {
        try
        {
            var cpu = task.Cpu;
            if (!_kernel.Cpus.Registers.TryGetValue(cpu, out var registers))
                return task.IsOnCpu
                    ? new StackTrace([], $"CPU {cpu} was running this task and saved no registers")
                    : UnwindSwitchedOut(task);
            return IsRunning(task, registers, cpu) ? Unwind(registers, task, cpu) : UnwindSwitchedOut(task);
        }
        catch (KernelReadException failure)
        {
            return new StackTrace([], failure.Message);
        }
    }

    public override StackTrace Unwind(CpuRegisters registers, KernelTask? task, int? cpu)
    {
        var walk = new X86_64StackWalk(
            _kernel, _rules, StacksOf(task, cpu), task ?? (cpu is { } number ? _kernel.Tasks.CurrentOf(number) : null));
        return walk.FromRegisters(registers);
    }

    public override ulong SwitchedOutStackPointer(KernelTask task) =>
        _kernel.Memory.ReadUInt64(task.Address + (ulong)_threadSp, "task's saved stack pointer");

    // The call pushed the return address.
    public override ulong StackPointerAfterCall(StackFrame frame) => frame.StackAddress + 8;

    public override IReadOnlyList<NamedRegister> SwitchedOutRegisters(StackFrame frame)
    {
        var saved = new List<NamedRegister>();
        if (frame.FoundBy != FoundBy.Switch)
            return saved;
        var layout = new Values.StructLayout(_kernel.Types, "struct inactive_task_frame");
        foreach (var (member, register) in (ReadOnlySpan<(string, string)>)[
            ("bx", "rbx"), ("bp", "rbp"), ("r12", "r12"), ("r13", "r13"), ("r14", "r14"), ("r15", "r15")])
        {
            if (layout.OptionalOffset(member) is var offset and >= 0
                && _kernel.Memory.TryReadUInt64(frame.StackAddress - (ulong)(_switchFrameReturn - offset), out var value))
                saved.Add(new NamedRegister(register, value));
        }
        return saved;
    }

    public override AddressRange StackOf(KernelTask task) => _stacks.OfTask(task).Range;

    public override IReadOnlyList<KernelStack> StacksOf(int cpu) => _stacks.OfCpu(cpu);

    // A CPU that switches makes the next task the current one first (__schedule, kernel/sched/core.c) and leaves the stack of the
    // one before a moment later.
    private bool IsRunning(KernelTask task, CpuRegisters registers, int cpu)
    {
        var sp = registers.StackPointer;
        if (!registers.IsUserMode && StackOf(task).Contains(sp))
            return true;
        if (!task.IsOnCpu)
            return false;
        var isOnItsOwn = registers.IsUserMode || !_kernel.Memory.IsKernelAddress(sp)
            || StacksOf(cpu).Any(stack => stack.Range.Contains(sp));
        return isOnItsOwn || !_kernel.Tasks.All.Any(other =>
            Losses.Ignored.Try(() => _stacks.OfTask(other)) is { } stack && stack.Range.Contains(sp));
    }

    private StackTrace UnwindSwitchedOut(KernelTask task)
    {
        if (task.Stack == 0)
            return new StackTrace([], task.State.IsExited
                ? "the task has exited, and its stack is freed" : "the task has no stack");
        var sp = SwitchedOutStackPointer(task);
        var walk = new X86_64StackWalk(_kernel, _rules, StacksOf(task, null), task);
        if (!_stacks.OfTask(task).Range.Contains(sp))
            return new StackTrace(
                [], $"the saved stack pointer 0x{sp:x} is not on the task's stack at {_stacks.OfTask(task).Range}");
        return walk.FromSwitchFrame(sp, _switchFrameBp, _switchFrameReturn);
    }

    private IReadOnlyList<KernelStack> StacksOf(KernelTask? task, int? cpu)
    {
        var stacks = new List<KernelStack>();
        if (task is not null)
            stacks.Add(_stacks.OfTask(task));
        if (cpu is { } number)
            stacks.AddRange(_stacks.OfCpu(number));
        return stacks;
    }
}

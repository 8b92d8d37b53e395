using Panicle.Kernel.Sched;

namespace Panicle.Kernel.Unwind;

/// <summary>Finds the functions that led to where a task or CPU is. Thread-safe.</summary>
public abstract class StackUnwinder
{
    /// <summary>
    /// The backtrace of a task: from its CPU's saved registers if it was running, else from where it was switched away.
    /// </summary>
    public abstract StackTrace Unwind(KernelTask task);

    /// <summary>The backtrace from a set of registers.</summary>
    /// <param name="registers">Where to start.</param>
    /// <param name="task">The task whose stack it is, if known: its bounds end the walk.</param>
    /// <param name="cpu">The CPU whose interrupt and exception stacks may be crossed, if known.</param>
    public abstract StackTrace Unwind(CpuRegisters registers, KernelTask? task, int? cpu);

    /// <summary>The stack pointer that the scheduler saved when it switched away from a task.</summary>
    /// <exception cref="KernelReadException">The task can't be read.</exception>
    public abstract ulong SwitchedOutStackPointer(KernelTask task);

    /// <summary>
    /// The stack pointer in a frame's function once the call that it is in has returned: the called function's frame address
    /// (CFA). For frames that were found by a return address on the stack.
    /// </summary>
    public abstract ulong StackPointerAfterCall(StackFrame frame);

    /// <summary>
    /// The registers that the scheduler saved on the stack when it switched away from a task; none if they can't be read.
    /// </summary>
    /// <param name="frame">The frame that was found by it.</param>
    public abstract IReadOnlyList<NamedRegister> SwitchedOutRegisters(StackFrame frame);

    /// <summary>The addresses of a task's kernel stack.</summary>
    public abstract AddressRange StackOf(KernelTask task);

    /// <summary>
    /// The stacks of a CPU that belong to no task: for interrupts and exceptions. Those that can't be found are missing.
    /// </summary>
    public abstract IReadOnlyList<KernelStack> StacksOf(int cpu);
}

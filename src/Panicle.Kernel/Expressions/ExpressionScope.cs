using Panicle.Kernel.Sched;
using Panicle.Kernel.Unwind;
using Panicle.Kernel.Values;

namespace Panicle.Kernel.Expressions;

/// <summary>What the names in an expression refer to beside the kernel's own symbols.</summary>
/// <param name="Kernel">The dump.</param>
public sealed record ExpressionScope(KernelDump Kernel)
{
    /// <summary>The task that <c>current</c> stands for; null if there is none.</summary>
    public KernelTask? CurrentTask { get; init; }

    /// <summary>The CPU whose copies per-CPU variables stand for; null for the current task's CPU.</summary>
    public int? Cpu { get; init; }

    /// <summary>
    /// Gives the variable of a name in the frame that was chosen; null if none was, or it has none of the name.
    /// </summary>
    public Func<string, KernelValue?> Local { get; init; } = _ => null;

    /// <summary>Gives the registers that <c>$rip</c> and its like stand for, where they are known.</summary>
    public Func<CpuRegisters?> Registers { get; init; } = () => null;

    /// <summary>
    /// Whether numbers count in 64 bits, as people do sums, and not in the bits of C's types, in which 65536 * 65536 is 0.
    /// </summary>
    public bool IsWide { get; init; }

    /// <summary>How many macros this expression is the text of.</summary>
    internal int MacroDepth { get; init; }

    /// <summary>Gets a sentence where a value rests on an assumption.</summary>
    public Action<string> Note { get; init; } = _ => { };
}

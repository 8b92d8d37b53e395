using Panicle.Kernel;
using Panicle.Kernel.DebugInfo;
using Panicle.Kernel.Expressions;
using Panicle.Kernel.Sched;
using Panicle.Kernel.Values;
using Panicle.Symbols;

namespace Panicle.Cli.Commands.Values;

/// <summary>C expressions as operands of commands.</summary>
internal static class CExpressions
{
    /// <summary>Computes a C expression with the shell's current task as <c>current</c> and its registers.</summary>
    /// <param name="context">The command's context; gets notes about assumptions.</param>
    /// <param name="text">The expression.</param>
    /// <param name="cpu">The CPU whose copies per-CPU variables stand for; null for the current task's.</param>
    /// <param name="isWide">Whether it counts in 64 bits whatever its types.</param>
    public static KernelValue Evaluate(CommandContext context, string text, int? cpu = null, bool isWide = false)
    {
        try
        {
            return ExpressionEvaluator.Evaluate(text, ScopeOf(context, cpu) with { IsWide = isWide });
        }
        catch (ExpressionException failure)
        {
            // Behind the reason, the expression and a mark under the place in it.
            throw new CommandException(failure.Reason, failure.Message[(failure.Reason.Length + 1)..]);
        }
    }

    /// <summary>
    /// What a value says about a place: where a structure, array or function lies, or what a pointer or number is.
    /// </summary>
    public static ulong AddressOf(KernelValue value) =>
        value.Type.Strip().Kind is TypeKind.Struct or TypeKind.Union or TypeKind.Function ? value.Address : value.ToUInt64();

    private static ExpressionScope ScopeOf(CommandContext context, int? cpu)
    {
        var session = context.Session;
        return new ExpressionScope(session.Kernel)
        {
            CurrentTask = CurrentTaskOrNull(session),
            Cpu = cpu,
            Local = name => session.CurrentFrame is { } frame ? FrameVariables.Find(session.Kernel, frame, name) : null,
            Registers = () => session.Kernel.Unwinder.Unwind(session.CurrentTask).Frames is [var first, ..]
                ? first.Registers
                : null,
            Note = context.Note,
        };
    }

    private static KernelTask? CurrentTaskOrNull(Session session)
    {
        try
        {
            return session.CurrentTask;
        }
        catch (Exception failure) when (failure is CommandException or KernelReadException)
        {
            return null; // Expressions without "current" need none.
        }
    }
}

using Panicle.Kernel;
using Panicle.Kernel.Sched;
using Panicle.Kernel.Unwind;
using Panicle.Logs.Events;
using Panicle.Symbols;

namespace Panicle.Reports.Findings;

/// <summary>A kernel stack ran over its end.</summary>
internal sealed class StackOverflowRule : FindingRule
{
    // So many times in a row is a recursion.
    private const int FewestCalls = 4;
    private const string FramesAdvice = "Look for the functions with the largest frames in the backtrace.";
    private const string RecursionAdvice = "Find out why the recursion doesn't end.";

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        var said = context.Message.Contains("stack guard page was hit", StringComparison.Ordinal)
            || context.Message.Contains("kernel stack overflow", StringComparison.Ordinal)
            || context.PanickedWith("corrupted stack end detected");
        var found = context.Kernel is null ? InLog(context, said)
            : context.Task is { } task && context.Trace is { } trace ? InDump(context, context.Kernel, task, trace, said) : null;
        return found is null ? [] : [found];
    }

    private static Finding? InDump(FindingContext context, KernelDump kernel, KernelTask task, StackTrace trace, bool said)
    {
        var stack = kernel.Unwinder.StackOf(task);
        // The guard page lies below the stack.
        var pointer = context.Fault?.StackPointer;
        var isBelow = pointer < stack.Start && stack.Start - pointer <= kernel.PageSize;
        if (!said && !isBelow)
            return null;
        var evidence = new List<Evidence>(context.Words);
        if (isBelow)
            evidence.Add(new(
                $"the stack pointer 0x{pointer:x} is below the stack of {FindingContext.NameOf(task)}, which is {stack}",
                $"task {task.Pid}"));
        var where = $"ran over the end of the kernel stack of {stack.Length / 1024} KB (stack overflow)";
        var certainty = said ? Certainty.Certain : Certainty.Likely;
        var (deepest, times) = BacktraceFrame.Fold(trace.ToData()).OrderByDescending(folded => folded.Times).FirstOrDefault();
        if (times < FewestCalls)
            return new Finding(
                OopsKind.StackOverflow, $"The kernel {where}", certainty, FindingRole.Cause, evidence, FramesAdvice);
        var frames = trace.Frames.Where(frame => frame.Address == deepest.Address).Select(frame => frame.StackAddress).ToList();
        var size = (frames[^1] - frames[0]) / (ulong)(frames.Count - 1);
        evidence.Add(new(
            $"{deepest.Place} is {times} times in the backtrace, {size} bytes of stack each", FindingContext.BacktraceCommand));
        return new Finding(OopsKind.StackOverflow,
            $"{new CodePlace($"{deepest.Function}", Module: deepest.Module)} called itself at least {times} times, and {where}",
            certainty, FindingRole.Cause, evidence, RecursionAdvice);
    }

    private static Finding? InLog(FindingContext context, bool said)
    {
        if (!said || context.Event is not { } found)
            return null;
        const string Where = "ran over the end of the kernel stack (stack overflow)";
        var calls = found.Traces.Where(trace => trace.IsOwn).SelectMany(trace => trace.Frames)
            .Where(frame => frame is { IsReliable: true, Function: not null })
            .GroupBy(frame => (frame.Function, frame.Module)).MaxBy(group => group.Count());
        if (calls is null || calls.Count() < FewestCalls)
            return new Finding(
                OopsKind.StackOverflow, $"The kernel {Where}{(found.FullFunction is { } function ? $", in {function}" : "")}",
                Certainty.Certain, FindingRole.Cause, [.. context.Words], FramesAdvice);
        return new Finding(
            OopsKind.StackOverflow,
            $"{new CodePlace($"{calls.Key.Function}", Module: calls.Key.Module)} called itself "
                + $"at least {calls.Count()} times, and {Where}",
            Certainty.Certain, FindingRole.Cause,
            [.. context.Words, new($"{calls.First().Place} is {calls.Count()} times in the trace")], RecursionAdvice);
    }
}

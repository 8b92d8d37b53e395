using Panicle.Reports.Oops;
using Panicle.Reports.Sections;

namespace Panicle.Reports.Findings;

/// <summary>A kernel stack ran over its end.</summary>
public sealed class StackOverflowFinding : FindingRule
{
    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        if (context.Task is not { } task || context.Trace is not { } trace)
            yield break;
        var stack = context.Kernel.Unwinder.StackOf(task);
        var pointer = context.Fault?.Registers.StackPointer;
        var said = context.Message.Contains("stack guard page was hit", StringComparison.Ordinal)
            || context.Message.Contains("kernel stack overflow", StringComparison.Ordinal)
            || context.PanickedWith("corrupted stack end detected");
        // The guard page lies below the stack.
        const ulong GuardSize = 4096;
        var isBelow = pointer is { } value && stack.Start - value is > 0 and <= GuardSize;
        if (!said && !isBelow)
            yield break;
        var evidence = new List<Evidence>(context.Words);
        if (isBelow)
            evidence.Add(new($"the stack pointer 0x{pointer:x} is below the stack of {FindingContext.NameOf(task)}, which is {stack}", $"task {task.Pid}"));
        var who = "The kernel";
        var advice = "Look for the functions with the largest frames in the backtrace.";
        var (deepest, times) = FrameLine.Fold(FrameLine.Of(trace)).OrderByDescending(folded => folded.Times).FirstOrDefault();
        if (times > 3)
        {
            var frames = trace.Frames.Where(frame => frame.Address == deepest.Address).Select(frame => frame.StackAddress).ToList();
            var size = (frames[^1] - frames[0]) / (ulong)(frames.Count - 1);
            who = $"{deepest.Function}{(deepest.Module is null ? "" : $" [{deepest.Module}]")} called itself at least {times} times, and";
            evidence.Add(new($"{deepest.Place} is {times} times in the backtrace, {size} bytes of stack each", FindingContext.BacktraceCommand));
            advice = "Find out why the recursion doesn't end.";
        }
        yield return new Finding(OopsKind.StackOverflow, $"{who} ran over the end of the kernel stack of {stack.Length / 1024} KB (stack overflow)",
            said ? Certainty.Certain : Certainty.Likely, FindingRole.Cause, evidence, advice);
    }
}

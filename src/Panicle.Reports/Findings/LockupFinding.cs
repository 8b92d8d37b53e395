using Panicle.Kernel.Unwind;
using Panicle.Reports.Oops;

namespace Panicle.Reports.Findings;

/// <summary>A CPU ran kernel code for too long: the watchdogs for soft and hard lockups (kernel/watchdog.c).</summary>
public sealed class LockupFinding : FindingRule
{
    private static readonly string[] Spinning = ["_raw_spin_lock", "native_queued_spin_lock_slowpath", "queued_read_lock_slowpath", "queued_write_lock_slowpath", "__pv_queued_spin_lock_slowpath"];

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        var isHard = context.Message.Contains("hard LOCKUP", StringComparison.OrdinalIgnoreCase);
        if (!isHard && !context.PanickedWith("softlockup: hung tasks") && !context.Message.Contains("BUG: soft lockup", StringComparison.Ordinal))
            yield break;
        var report = context.LastLine(text => text.Contains(isHard ? "hard LOCKUP" : "BUG: soft lockup", StringComparison.Ordinal)
            && !text.StartsWith("Kernel panic", StringComparison.Ordinal));
        var evidence = new List<Evidence>([.. report is { } said && said != context.MessageLine ? new[] { context.Quote(said) } : [], .. context.Words]);
        var interrupted = context.Trace?.Frames.FirstOrDefault(frame => frame.FoundBy == FoundBy.ExceptionFrame && !frame.IsUser);
        if (context.Kernel is not null)
            evidence.AddRange(Running(context, interrupted));
        else if (context.Event is { Instruction: { } at } found)
            evidence.Add(new($"the watchdog interrupted {(found.Pid is { } pid ? FindingContext.NameOf(pid, found.Command) : "it")} at {at.Place}"));
        var cpu = context.Kernel is { } dump ? dump.Crash.Cpu : context.Event?.Cpu;
        var where = interrupted is not null ? FindingContext.FunctionOf(interrupted) : context.Event?.FullFunction ?? "kernel code";
        var isLock = Spinning.Any(name => where.StartsWith(name, StringComparison.Ordinal));
        yield return new Finding(isHard ? OopsKind.HardLockup : OopsKind.SoftLockup,
            isLock ? $"CPU {cpu} waited for a spinlock that it never got, in {where} ({(isHard ? "hard" : "soft")} lockup)"
                : $"CPU {cpu} was stuck in {where} and let nothing else run ({(isHard ? "hard" : "soft")} lockup)",
            Certainty.Certain, FindingRole.Cause, evidence,
            isLock ? "Find the CPU that holds the lock: 'bt -a' shows what each was doing."
                : $"Find out why {where} doesn't end, or does so much work without a cond_resched().");
    }

    private static IEnumerable<Evidence> Running(FindingContext context, StackFrame? interrupted)
    {
        if (interrupted?.Registers is { } registers && context.Task is { } task)
        {
            const ulong InterruptFlag = 1 << 9;
            var flags = registers["rflags"] ?? registers["eflags"];
            var interrupts = flags is { } value ? (value & InterruptFlag) != 0 ? ", with interrupts on" : ", with interrupts off" : "";
            yield return new Evidence($"the watchdog interrupted {FindingContext.NameOf(task)} at {FindingContext.PlaceOf(interrupted)}{interrupts}", FindingContext.BacktraceCommand);
            yield return new Evidence("the loop around it", $"dis -r {interrupted.Address:x}");
        }
        yield return new Evidence("what every CPU was doing", "bt -a");
    }
}

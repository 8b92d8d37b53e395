using Panicle.Kernel;
using Panicle.Kernel.Locking;
using Panicle.Kernel.Sched;
using Panicle.Kernel.Unwind;
using Panicle.Logs.Events;
using Panicle.Symbols;

namespace Panicle.Reports.Findings;

/// <summary>A CPU ran kernel code for too long: the watchdogs for soft and hard lockups (kernel/watchdog.c).</summary>
internal sealed class LockupRule : FindingRule
{
    private const int MostCpus = 8;

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        var isHard = context.Message.Contains("hard LOCKUP", StringComparison.OrdinalIgnoreCase);
        if (!isHard && !context.PanickedWith("softlockup: hung tasks")
            && !context.Message.Contains("BUG: soft lockup", StringComparison.Ordinal))
            yield break;
        var report = context.LastLine(text => text.Contains(isHard ? "hard LOCKUP" : "BUG: soft lockup", StringComparison.Ordinal)
            && !text.StartsWith("Kernel panic", StringComparison.Ordinal));
        List<Evidence> evidence =
        [
            .. report is { } said && said != context.MessageLine ? new[] { context.Quote(said) } : [],
            .. context.Words,
        ];
        var (kind, term) = isHard ? (OopsKind.HardLockup, "hard lockup") : (OopsKind.SoftLockup, "soft lockup");
        yield return context.Kernel is { } kernel
            ? InDump(context, kernel, kind, term, evidence)
            : InLog(context, kind, term, evidence);
    }

    private static Finding InDump(FindingContext context, KernelDump kernel, OopsKind kind, string term, List<Evidence> evidence)
    {
        var interrupted = context.Died is { FoundBy: FoundBy.ExceptionFrame, IsUser: false } died
            ? died
            : context.Trace?.Frames.FirstOrDefault(frame => frame.FoundBy == FoundBy.ExceptionFrame && !frame.IsUser);
        var waits = kernel.Locking.Spinlocks.All;
        var own = waits.FirstOrDefault(wait => wait.Cpu == kernel.Crash.Cpu);
        evidence.AddRange(Interrupted(context, interrupted));
        foreach (var wait in waits.OrderByDescending(wait => wait == own))
            evidence.AddRange(Waiting(context, kernel, wait));
        evidence.AddRange(kernel.Cpus.Online.Where(cpu => cpu != kernel.Crash.Cpu && waits.All(wait => wait.Cpu != cpu))
            .Take(MostCpus).SelectMany(cpu => Running(kernel, cpu)));
        var where = interrupted is null ? "kernel code" : FindingContext.FunctionOf(interrupted);
        if (own is null)
        {
            var isLock = interrupted is not null && SpinlockWaits.IsSpinning(interrupted);
            return Stuck(kind, term, kernel.Crash.Cpu, where, isLock, evidence);
        }
        var caller = own.Caller is { } frame ? FindingContext.FunctionOf(frame) : where;
        var others = waits.Where(wait => wait.Lock != own.Lock)
            .Select(wait => $"; CPU {wait.Cpu} waits for {NameOf(kernel, wait.Lock)}").FirstOrDefault();
        var advice = waits.Count > 1
            ? "The CPUs that wait for locks may hold each other's: compare the order in which their functions take them. "
                + "A kernel with lockdep (CONFIG_PROVE_LOCKING) reports that before it happens."
            : "A spinlock doesn't say who holds it: "
                + "look in the code for who takes it, and among what each CPU did for who is there.";
        return new Finding(kind,
            $"CPU {own.Cpu} waited for the spinlock {NameOf(kernel, own.Lock)} and never got it, in {caller}{others} ({term})",
            Certainty.Certain, FindingRole.Cause, evidence, advice);
    }

    private static Finding InLog(FindingContext context, OopsKind kind, string term, List<Evidence> evidence)
    {
        if (context.Event is { Instruction: { } at } found)
        {
            var who = found.Pid is { } pid ? FindingContext.NameOf(pid, found.Command) : "it";
            evidence.Add(new($"the watchdog interrupted {who} at {at.Place}"));
        }
        if (context.Event is { } stuck && CrossCall(stuck) is { } call)
        {
            evidence.Add(new($"{call} waits until the other CPUs have done what they were told by an interrupt"));
            return new Finding(kind, $"{CpuOf(stuck.Cpu)} waited for another CPU that didn't answer its interrupt, in "
                + $"{call} ({term})",
                Certainty.Likely, FindingRole.Symptom, evidence,
                "This CPU is the victim: see which other one has interrupts off, is stuck or doesn't run (a virtual CPU "
                    + "that isn't "
                    + "scheduled), in the traces of the other CPUs or in a later report.");
        }
        var isLock = context.Event?.Instruction?.Function is { } name && name.Contains("spin_lock", StringComparison.Ordinal);
        if (context.Event is { FullFunction: null } && !isLock)
            return new Finding(
                kind, $"{CpuOf(context.Event.Cpu)} ran kernel code for too long and let nothing else run ({term})",
                    Certainty.Certain,
                FindingRole.Symptom, evidence,
                "Where it was, this log doesn't say: look for its trace, and for what the other CPUs did.");
        return Stuck(kind, term, context.Event?.Cpu, context.Event?.FullFunction ?? "kernel code", isLock, evidence);
    }

    private static string CpuOf(int? cpu) => cpu is { } number ? $"CPU {number}" : "A CPU";

    // The innermost function that waits for calls on other CPUs, if the CPU was in one.
    private static string? CrossCall(OopsEvent found) =>
        found.Traces.Where(trace => trace.IsOwn).SelectMany(trace => trace.Frames).Prepend(found.Instruction)
            .FirstOrDefault(frame => frame is { IsReliable: true, Function: { } name }
                && (name.StartsWith("smp_call_function", StringComparison.Ordinal)
                    || name.StartsWith("on_each_cpu", StringComparison.Ordinal)))?.Function;

    private static Finding Stuck(
        OopsKind kind, string term, int? cpu, string where, bool isLock, List<Evidence> evidence) => isLock
        ? new Finding(kind, $"{CpuOf(cpu)} waited for a spinlock that it never got, in {where} ({term})", Certainty.Certain,
            FindingRole.Cause, evidence,
            "Find the CPU that holds the lock: see what each was doing.")
        : new Finding(kind, $"{CpuOf(cpu)} was stuck in {where} and let nothing else run ({term})", Certainty.Certain,
            FindingRole.Cause, evidence,
            $"Find out why {where} doesn't end, or does so much work without a cond_resched().");

    private static IEnumerable<Evidence> Interrupted(FindingContext context, StackFrame? interrupted)
    {
        if (interrupted?.Registers is not { } registers || context.Task is not { } task)
            yield break;
        var interrupts = context.Kernel?.Architecture.Processor.InterruptsOn(name => registers[name]) switch
        {
            true => ", with interrupts on",
            false => ", with interrupts off",
            null => "",
        };
        yield return new Evidence(
            $"the watchdog interrupted {FindingContext.NameOf(task)} at {FindingContext.PlaceOf(interrupted)}{interrupts}",
            FindingContext.BacktraceCommand);
        if (!SpinlockWaits.IsSpinning(interrupted))
            yield return new Evidence("the loop around it", $"dis -r {interrupted.Address:x}");
    }

    private static IEnumerable<Evidence> Waiting(FindingContext context, KernelDump kernel, SpinlockWait wait)
    {
        var where = wait.Caller is { } caller ? $" in {FindingContext.FunctionOf(caller)}" : "";
        yield return new Evidence(
            $"CPU {wait.Cpu}, {FindingContext.NameOf(wait.Task)}, waits for the spinlock {NameOf(kernel, wait.Lock)}{where}",
            Backtrace(wait.Task));
        yield return new Evidence($"that lock is {wait.Value}", $"rd -32 {wait.Lock:x}");
        if (!kernel.Symbols.TryLookup(wait.Lock, out _))
            yield return context.Place(kernel, "the lock", wait.Lock);
    }

    private static IEnumerable<Evidence> Running(KernelDump kernel, int cpu)
    {
        if (kernel.Tasks.CurrentOf(cpu) is not { } task)
            yield break;
        var frames = kernel.Unwinder.Unwind(task).Frames;
        // A CPU that was stopped for the dump was interrupted for that.
        var frame = frames.FirstOrDefault(frame => frame.FoundBy == FoundBy.ExceptionFrame)
            ?? (frames.Count > 0 ? frames[0] : null);
        var place = task.IdleOf is not null
            ? "was idle"
            : frame is null ? "ran" : frame.IsUser ? "ran its program" : $"was in {FindingContext.PlaceOf(frame)}";
        yield return new Evidence(
            task.IdleOf is not null ? $"CPU {cpu} was idle" : $"CPU {cpu}: {FindingContext.NameOf(task)} {place}",
            Backtrace(task));
    }

    private static string NameOf(KernelDump kernel, ulong address) => kernel.Symbols.TryLookup(address, out var symbol)
        ? CodePlace.Of(symbol, address).ToString() : $"at 0x{address:x}";

    private static string Backtrace(KernelTask task) => task.Pid == 0 ? $"bt {task.Address:x}" : $"bt {task.Pid}";
}

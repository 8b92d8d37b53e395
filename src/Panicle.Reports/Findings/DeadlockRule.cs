using System.Globalization;
using System.Text.RegularExpressions;
using Panicle.Kernel;
using Panicle.Kernel.Locking;
using Panicle.Kernel.Sched;
using Panicle.Logs.Events;
using Panicle.Symbols;

namespace Panicle.Reports.Findings;

/// <summary>
/// Tasks that wait for locks: in a circle, which never ends, or for a task that keeps a lock while it does something else.
/// </summary>
internal sealed partial class DeadlockRule : FindingRule
{
    private const int MostHolders = 3;
    private const int MostWaitersShown = 6;

    private const string Advice =
        "The functions that take these locks take them in different orders: one of them must change. "
            + "A kernel with lockdep (CONFIG_PROVE_LOCKING) reports this before it happens.";

    // Shorter waits are everyday life.
    private const double LongSeconds = 1;

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        if (context.Kernel is not { } kernel)
        {
            foreach (var finding in InLog(context))
                yield return finding;
            yield break;
        }
        var waits = kernel.Locking.Waits.All(context.Cancellation);
        var cycles = LockWaits.Cycles(waits);
        foreach (var cycle in cycles)
            yield return Deadlock(kernel, cycle, waits);
        var inCycle = cycles.SelectMany(cycle => cycle).Select(wait => wait.Task.Address).ToHashSet();
        var waiting = waits.Select(wait => wait.Task.Address).ToHashSet();
        // A holder that waits for another lock is a link of the chain that ends at that lock's holder.
        var held = waits.Where(wait =>
            wait.Owner is { } owner && !inCycle.Contains(wait.Task.Address) && !waiting.Contains(owner.Address))
            .GroupBy(wait => wait.Lock).OrderByDescending(group => group.Count()).Take(MostHolders);
        var times = kernel.Sched.Times;
        foreach (var group in held)
            yield return Held(context, kernel, [.. group], times);
    }

    private static Finding Deadlock(KernelDump kernel, IReadOnlyList<LockWait> cycle, IReadOnlyList<LockWait> all)
    {
        var evidence = new List<Evidence>();
        foreach (var wait in cycle)
            evidence.AddRange(Link(kernel, wait));
        var others = all.Count - cycle.Count;
        if (others > 0)
            evidence.Add(new($"{others} other tasks wait for locks, too; see 'foreach UN bt'", "foreach UN bt"));
        var names = string.Join(", ", cycle.Select(wait => FindingContext.NameOf(wait.Task)));
        return new Finding(OopsKind.Locking,
            cycle.Count == 1
                ? $"{names} waits for a lock that it holds itself (deadlock)"
                : $"{cycle.Count} tasks wait for each other's locks and can never go on (deadlock): {names}",
            Certainty.Certain, FindingRole.Cause, evidence, Advice);
    }

    private static IEnumerable<Evidence> Link(KernelDump kernel, LockWait wait)
    {
        var place = NameOfLock(kernel, wait.Lock) + CallerOf(kernel, wait.Task);
        yield return new Evidence(
            $"{FindingContext.NameOf(wait.Task)} waits for the {wait.Type} {place}", Backtrace(wait.Task));
        var reader = wait.IsReader ? " (the last of its readers)" : "";
        var text = wait.Owner is { } owner
            ? $"that {wait.Type}'s owner is {FindingContext.NameOf(owner)}, task_struct 0x{owner.Address:x}{reader}"
            : $"that {wait.Type} has no owner";
        yield return new Evidence(text, $"struct {wait.Type}.owner {wait.Lock:x}");
    }

    private static Finding Held(FindingContext context, KernelDump kernel, IReadOnlyList<LockWait> waits, TaskTimesReader times)
    {
        var first = waits[0];
        var owner = first.Owner!;
        var longest = waits.Max(wait => times.SinceLastRun(wait.Task) ?? 0) / 1e9;
        var evidence = waits.Take(MostWaitersShown).SelectMany(wait => Link(kernel, wait)).Distinct().ToList();
        var does = Doing(kernel, owner);
        evidence.Add(new($"{FindingContext.NameOf(owner)} {does}", Backtrace(owner)));
        var who = waits.Count == 1 ? "it has" : $"the longest of the {waits.Count} has";
        evidence.Add(new(
            string.Create(CultureInfo.InvariantCulture, $"{who} waited for {longest:0.0} s"),
            $"ps -m {string.Join(' ', waits.Take(MostWaitersShown).Select(wait => wait.Task.Pid))}"));
        var names = string.Join(", ", waits.Take(3).Select(wait => FindingContext.NameOf(wait.Task)))
            + (waits.Count > 3 ? $" and {waits.Count - 3} more" : "");
        var waiting = waits.Count == 1 ? "waits" : "wait";
        var holds = first.IsReader ? "holds as a reader" : "holds";
        return new Finding(OopsKind.HungTask,
            $"{names} {waiting} for a {first.Type} that {FindingContext.NameOf(owner)} {holds}, which {does}",
            longest >= LongSeconds || context.PanickedWith("hung_task") ? Certainty.Likely : Certainty.Possible,
            FindingRole.Cause, evidence,
            $"Find out why {FindingContext.NameOf(owner)} keeps the lock for so long.");
    }

    // Since 6.15 khungtaskd says who holds the mutex or semaphore that a task is blocked on, as far as it can tell.
    private static IEnumerable<Finding> InLog(FindingContext context)
    {
        var waits = context.Log.Lines.Select(line => (Line: line, Match: LikelyOwner().Match(line.Text)))
            .Where(wait => wait.Match.Success)
            .GroupBy(wait => wait.Match.Groups["pid"].Value).ToDictionary(group => group.Key, group => group.Last());
        var inCycle = waits.Keys.Where(pid => Follow(pid).Contains(pid)).ToList();
        if (inCycle.Count == 0)
            yield break;
        var function = context.Event?.FullFunction is { } name ? $", in {name}" : "";
        var tasks = string.Join(", ", inCycle.Select(pid => $"PID {pid} \"{waits[pid].Match.Groups["comm"].Value}\""));
        yield return new Finding(OopsKind.Locking,
            $"{inCycle.Count} tasks wait for each other's locks and can never go on (deadlock): {tasks}{function}",
            Certainty.Certain, FindingRole.Cause,
            [.. inCycle.Select(pid => context.Quote(waits[pid].Line)), .. context.Words], Advice);

        // Those whom a task waits for, one after the other; the walk ends where it would go round.
        HashSet<string> Follow(string pid)
        {
            var seen = new HashSet<string>();
            for (var next = pid; waits.TryGetValue(next, out var wait) && seen.Add(wait.Match.Groups["owner"].Value);)
                next = wait.Match.Groups["owner"].Value;
            return seen;
        }
    }

    private static string Backtrace(KernelTask task) => task.Pid == 0 ? $"bt {task.Address:x}" : $"bt {task.Pid}";

    private static string NameOfLock(KernelDump kernel, ulong address) =>
        kernel.Symbols.TryLookup(address, out var symbol) && symbol.Address == address
        ? $"{CodePlace.Of(symbol, address)} (0x{address:x})" : $"0x{address:x}";

    // The function that wanted the lock: the first behind the lock's own.
    private static string CallerOf(KernelDump kernel, KernelTask task)
    {
        var frame = kernel.Unwinder.Unwind(task).Frames.FirstOrDefault(frame =>
            frame.Function is { } function && !IsWaiting(function.Name) && !IsLocking(function.Name));
        return frame is null ? "" : $", in {FindingContext.FunctionOf(frame)}";
    }

    private static string Doing(KernelDump kernel, KernelTask owner)
    {
        var frames = kernel.Unwinder.Unwind(owner).Frames.Where(frame =>
            frame.Function is { } function && !IsWaiting(function.Name)).Take(2).Select(FindingContext.FunctionOf).ToList();
        var place = frames.Count == 0 ? "" : $" in {string.Join(", called by ", frames)}";
        return owner.IsOnCpu
            ? $"was running{place}"
            : owner.State.IsRunnable ? $"was waiting for a CPU{place}" : $"sleeps{place}";
    }

    private static bool IsWaiting(string name) =>
        name.StartsWith("__schedule", StringComparison.Ordinal) || name.StartsWith("schedule", StringComparison.Ordinal);

    private static bool IsLocking(string name) =>
        name.StartsWith("rwsem_", StringComparison.Ordinal) || name.Contains("mutex_lock", StringComparison.Ordinal)
        || name is "down_read" or "down_write" or "down_read_killable" or "down_write_killable" or "__down_read"
        or "__down_write";

    [GeneratedRegex(
        @"^INFO: task (?<comm>.*):(?<pid>\d+) (?:<\w+> )?is blocked on an? .* likely (?:last )?(?:owned|held) by "
            + @"(?:reader |writer )?task .*:(?<owner>\d+)",
        RegexOptions.CultureInvariant)]
    private static partial Regex LikelyOwner();
}

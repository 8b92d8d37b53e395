using System.Globalization;
using System.Text.RegularExpressions;
using Panicle.Kernel;
using Panicle.Kernel.Sched;
using Panicle.Kernel.Unwind;
using Panicle.Reports.Oops;

namespace Panicle.Reports.Findings;

/// <summary>A CPU or a task held up RCU's grace period for too long (kernel/rcu/tree_stall.h).</summary>
public sealed partial class RcuStallFinding : FindingRule
{
    private const string Advice = "Find out what keeps that code from leaving its RCU section, or its CPU from scheduling: a loop, interrupts off, or a virtual CPU that didn't run.";

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        if (!context.PanickedWith("RCU Stall"))
            yield break;
        var lines = context.InLastWords(text => text.StartsWith("rcu: ", StringComparison.Ordinal)).ToList();
        var evidence = new List<Evidence>([.. lines.Take(4).Select(context.Quote), .. context.Words]);
        if (context.Kernel is not { } kernel)
        {
            yield return InLog(context, lines, evidence);
            yield break;
        }
        var blockers = lines.SelectMany(line => Cpu().Matches(line.Text).Take(1))
            .Select(match => int.TryParse(match.Groups[1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var cpu) ? cpu : -1)
            .Select(cpu => (Cpu: cpu, Task: kernel.Tasks.CurrentOf(cpu))).Where(blocker => blocker.Task is not null).ToList();
        var who = blockers.Count == 0 ? "Something" : string.Join(" and ", blockers.Select(blocker => $"CPU {blocker.Cpu}"));
        var where = "";
        foreach (var (cpu, task) in blockers)
        {
            if (InterruptedOf(kernel, task!) is not { } frame)
                continue;
            where = where.Length > 0 ? where : $", in {FindingContext.FunctionOf(frame)}";
            evidence.Add(new($"CPU {cpu} ran {FindingContext.NameOf(task!)} in {FindingContext.PlaceOf(frame)}", $"bt {task!.Pid}"));
        }
        yield return Stall(who, where, evidence);
    }

    private static Finding Stall(string who, string where, List<Evidence> evidence) =>
        new(OopsKind.RcuStall, $"{who} held up the end of RCU's grace period{where} (RCU stall): nothing that waits for it could go on",
            Certainty.Certain, FindingRole.Cause, evidence, Advice);

    private static Finding InLog(FindingContext context, List<LogLine> lines, List<Evidence> evidence)
    {
        var cpus = lines.Select(line => Cpu().Match(line.Text)).Where(match => match.Success).Select(match => $"CPU {match.Groups[1].Value}").Distinct().ToList();
        var where = context.Event?.FullFunction is { } function ? $", in {function}" : "";
        return Stall(cpus.Count == 0 ? "Something" : string.Join(" and ", cpus), where, evidence);
    }

    // What the timer interrupted; a CPU that was stopped for the dump was interrupted for that.
    private static StackFrame? InterruptedOf(KernelDump kernel, KernelTask task)
    {
        var frames = kernel.Unwinder.Unwind(task).Frames;
        return frames.FirstOrDefault(frame => frame.FoundBy == FoundBy.ExceptionFrame && !frame.IsUser) ?? frames.FirstOrDefault(frame => frame.Function is not null);
    }

    // "rcu: \t1-....: (747 ticks this GP) idle=…"
    [GeneratedRegex(@"^rcu:\s+(\d+)-[^ ]*: \(")]
    private static partial Regex Cpu();
}

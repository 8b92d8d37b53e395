using System.Globalization;
using System.Text.RegularExpressions;
using Panicle.Kernel;
using Panicle.Kernel.Sched;
using Panicle.Kernel.Unwind;
using Panicle.Kernel.Values;
using Panicle.Logs.Events;
using Panicle.Logs.Reading;
using Panicle.Symbols;

namespace Panicle.Reports.Findings;

/// <summary>A CPU or a task held up RCU's grace period for too long (kernel/rcu/tree_stall.h).</summary>
internal sealed partial class RcuStallRule : FindingRule
{
    private const uint MostNodes = 1024;
    private const string Advice =
        "Find out what keeps that code from leaving its RCU section, or its CPU from scheduling: "
            + "a loop, interrupts off, or a virtual CPU that didn't run.";

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        var isPanic = context.PanickedWith("RCU Stall");
        if (!isPanic && (context.Kernel is not null || context.Event?.Kind != OopsKind.RcuStall))
            yield break;
        var lines = isPanic ? context.InLastWords(text => text.StartsWith("rcu: ", StringComparison.Ordinal)).ToList()
            : [.. context.EventLines.Where(line => Told().IsMatch(line.Text))];
        var evidence = new List<Evidence>([.. lines.Take(4).Select(context.Quote),
            .. context.Words.Where(_ => isPanic)]);
        if (context.Kernel is not { } kernel)
        {
            yield return InLog(context, lines, evidence);
            yield break;
        }
        // The log's lines say who, too.
        var cpus = Losses.Ignored.Try(() => Holdouts(kernel, evidence)) ?? [];
        if (cpus.Count == 0)
        {
            cpus = [.. lines.SelectMany(line => Cpu().Matches(line.Text).Take(1)).Select(match => Number(match.Groups[1].Value))];
        }
        var blockers = cpus.Select(cpu => (Cpu: cpu, Task: kernel.Tasks.CurrentOf(cpu)))
            .Where(blocker => blocker.Task is not null).ToList();
        var who = blockers.Count == 0 ? "Something" : string.Join(" and ", blockers.Select(blocker => $"CPU {blocker.Cpu}"));
        var where = "";
        foreach (var (cpu, task) in blockers)
        {
            if (InterruptedOf(kernel, task!) is not { } frame)
                continue;
            where = where.Length > 0 ? where : $", in {FindingContext.FunctionOf(frame)}";
            evidence.Add(new(
                $"CPU {cpu} ran {FindingContext.NameOf(task!)} in {FindingContext.PlaceOf(frame)}", $"bt {task!.Pid}"));
        }
        yield return Stall(who, where, evidence);
    }

    private static int Number(string digits) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;

    // The leaves of the tree of rcu_nodes (kernel/rcu/tree.h) have a bit for each CPU that has yet to pass a quiescent state, and
    // a list of tasks that were preempted while they read.
    private static IReadOnlyList<int> Holdouts(KernelDump kernel, List<Evidence> evidence)
    {
        var nodes = kernel.Global("rcu_state", "struct rcu_state")["node"];
        var count = kernel.TrySymbolAddress("rcu_num_nodes", out var address)
            ? kernel.Memory.ReadUInt32(address, "rcu_num_nodes")
            : 1;
        var all = Enumerable.Range(0, (int)Math.Min(count, MostNodes)).Select(index => nodes[index]).ToList();
        var leaves = all.Where(node => node["level"].ToUInt64() == all.Max(other => other["level"].ToUInt64())).ToList();
        var cpus = new List<int>();
        foreach (var leaf in leaves)
        {
            var mask = leaf["qsmask"].ToUInt64();
            var first = leaf["grplo"].ToInt32();
            var here = Enumerable.Range(0, 64).Where(bit => (mask >> bit & 1) != 0).Select(bit => first + bit).ToList();
            if (here.Count > 0)
                evidence.Add(new(
                    $"the grace period still waits for {string.Join(", ", here.Select(cpu => $"CPU {cpu}"))} "
                        + $"(qsmask 0x{mask:x} of the rcu_node at 0x{leaf.Address:x})",
                    $"struct rcu_node.qsmask,grplo,grphi {leaf.Address:x}"));
            cpus.AddRange(here);
            evidence.AddRange(PreemptedReaders(kernel, leaf));
        }
        return cpus;
    }

    // From gp_tasks on, the readers on blkd_tasks hold up the current grace period.
    private static IEnumerable<Evidence> PreemptedReaders(KernelDump kernel, KernelValue leaf)
    {
        const int MostReaders = 4;
        var first = leaf["gp_tasks"].ToUInt64();
        if (first == 0)
            return [];
        var head = leaf["blkd_tasks"].Address;
        var offset = (ulong)new StructLayout(kernel.Types, "struct task_struct").Offset("rcu_node_entry");
        return KernelLists.NodesAfter(kernel.Context, first, head).Prepend(first).Take(MostReaders)
            .Select(node => kernel.Tasks.At(node - offset)).OfType<KernelTask>()
            .Select(task => new Evidence(
                $"{FindingContext.NameOf(task)} was preempted while it read, and holds it up", $"bt {task.Pid}")).ToList();
    }

    private static Finding Stall(string who, string where, List<Evidence> evidence) =>
        new(OopsKind.RcuStall,
            $"{who} held up the end of RCU's grace period{where} (RCU stall): nothing that waits for it could go on",
            Certainty.Certain, FindingRole.Cause, evidence, Advice);

    private static Finding InLog(FindingContext context, List<LogLine> lines, List<Evidence> evidence)
    {
        var cpus = lines.Select(line => Cpu().Match(line.Text)).Where(match => match.Success)
            .Select(match => $"CPU {match.Groups[1].Value}").Distinct().ToList();
        var who = cpus.Count == 0 ? "Something" : string.Join(" and ", cpus);
        List<Evidence> hints = [.. context.EventLines.Where(line => Hint().IsMatch(line.Text)).Take(3).Select(context.Quote)];
        evidence.AddRange(hints.Where(hint => !evidence.Contains(hint)));
        if (context.EventLines.Select(line => Timer().Match(line.Text)).FirstOrDefault(match => match.Success) is { } timer)
            return new Finding(
                OopsKind.RcuStall, $"The end of RCU's grace period was held up because a timer of CPU "
                    + $"{timer.Groups[1].Value} did not "
                    + "fire, says the kernel itself (RCU stall)",
                Certainty.Likely, FindingRole.Cause, evidence,
                "Look at why that CPU took no timer interrupts: interrupts off for long, a clock event device that "
                    + "stopped in a deep "
                    + "idle state, or a virtual CPU that wasn't run.");
        var idle = context.EventLines.Select(line => Idle().Match(line.Text)).FirstOrDefault(match => match.Success);
        if (idle is not null)
            return new Finding(
                OopsKind.RcuStall, $"RCU's grace period didn't end though CPU {idle.Groups[1].Value} was idle"
                    + (hints.Exists(hint => hint.Text.Contains("starved", StringComparison.Ordinal))
                        ? ": the thread that ends it got no time" : "")
                    + " (RCU stall)",
                Certainty.Likely, FindingRole.Symptom, evidence,
                "No code of the kernel's is stuck there. Timer interrupts were lost, or the virtual CPU was paused: look at the "
                    + "hypervisor's load, at the clock source, and at idle states.");
        var where = context.Event?.FullFunction is { } function ? $", in {function}" : "";
        return Stall(who, where, evidence);
    }

    // "rcu_sched kthread starved for 38227 jiffies!", "Possible timer handling issue on cpu=4".
    [GeneratedRegex(@"kthread starved for|kthread timer wakeup didn't happen|timer handling issue",
        RegexOptions.CultureInvariant)]
    private static partial Regex Hint();

    [GeneratedRegex(@"timer handling issue on cpu=(\d+)", RegexOptions.CultureInvariant)]
    private static partial Regex Timer();

    [GeneratedRegex(@"NMI backtrace for cpu (\d+) skipped: idling", RegexOptions.CultureInvariant)]
    private static partial Regex Idle();

    [GeneratedRegex(@"\brcu_?\w*: |\brcu_\w+ (?:self-)?detected|^\s+\d+-\S*: \(", RegexOptions.CultureInvariant)]
    private static partial Regex Told();

    // What the timer interrupted; a CPU that was stopped for the dump was interrupted for that.
    private static StackFrame? InterruptedOf(KernelDump kernel, KernelTask task)
    {
        var frames = kernel.Unwinder.Unwind(task).Frames;
        return frames.FirstOrDefault(frame => frame.FoundBy == FoundBy.ExceptionFrame && !frame.IsUser)
            ?? frames.FirstOrDefault(frame => frame.Function is not null);
    }

    // "rcu: \t1-....: (747 ticks this GP) idle=…"
    [GeneratedRegex(@"^(?:rcu:)?\s+(\d+)-[^ ]*: \(")]
    private static partial Regex Cpu();
}

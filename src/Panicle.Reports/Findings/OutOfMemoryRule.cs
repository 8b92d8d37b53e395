using System.Globalization;
using System.Text.RegularExpressions;
using Panicle.Kernel;
using Panicle.Logs.Events;
using Panicle.Logs.Reading;

namespace Panicle.Reports.Findings;

/// <summary>
/// Memory ran out: the kernel killed a process (mm/oom_kill.c), was told to die of it, or had nothing left to kill.
/// </summary>
internal sealed partial class OutOfMemoryRule : FindingRule
{
    private const int MostProcesses = 3;
    private const string Advice =
        "If that much is what it needs, give it more memory; else limit it (a memory cgroup), or look for its leak.";

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        var isPanic = context.PanickedWith("Out of memory") || context.PanickedWith("System is deadlocked on memory");
        if (!isPanic && (context.Event is not { Kind: OopsKind.OutOfMemory } found
            || found.Title.Contains(AllocationFailureRule.Words, StringComparison.Ordinal)))
            yield break;
        var request = context.LastLine(text => text.Contains(" invoked oom-killer: ", StringComparison.Ordinal));
        var evidence = new List<Evidence>([.. request is { } line ? Request(context, line) : [],
            .. context.Words.Where(_ => request is null || request != context.MessageLine)]);
        var isGroup = IsGroup(context);
        var holders = context.Kernel is { } kernel ? InDump(context, kernel, evidence) : InLog(context, evidence);
        var (most, who, total) = holders.Count == 0 ? (0, "", 0) : holders.MaxBy(holder => holder.Pages);
        var why = context.PanickedWith("compulsory") || context.PanickedWith("panic_on_oom")
            ? ", and the kernel was told to die of that (panic_on_oom)"
            : isPanic ? ", and nothing was left to kill" : "";
        var share = total > 0 ? $", {most * 100 / total}% of it" : "";
        yield return new Finding(OopsKind.OutOfMemory,
            $"{LimitIn(context, isGroup)}{why}{(holders.Count == 0 ? "" : $": {who} {context.SizeOfPages(most)}{share}")} "
                + "(out of memory)",
            Certainty.Certain, FindingRole.Cause, evidence, isGroup ? GroupAdvice : Advice);
    }

    private const string GroupAdvice =
        "The machine may have had memory left. If that much is what its processes need, raise the group's limit (memory.max, a "
            + "container's memory limit); else look for the leak.";

    // Who kills is told by the functions that did, even where the report's other lines were cut off.
    private static bool IsGroup(FindingContext context) =>
        context.Event is { } found && (found.Title.Contains("Memory cgroup out of memory", StringComparison.Ordinal)
            || found.Traces.SelectMany(trace => trace.Frames).Any(frame =>
                frame.Function?.StartsWith("mem_cgroup_o", StringComparison.Ordinal) == true))
        || context.EventLines.Any(line => line.Text.StartsWith("Memory cgroup out of memory", StringComparison.Ordinal)
            || line.Text.Contains("killed as a result of limit of", StringComparison.Ordinal)
            || line.Text.Contains("constraint=CONSTRAINT_MEMCG", StringComparison.Ordinal));

    // The machine's memory, or a group's: a group's limit kills within the group, and the report names it.
    private static string LimitIn(FindingContext context, bool isGroup)
    {
        var group = context.LastLine(text =>
            text.StartsWith("oom-kill:", StringComparison.Ordinal) && text.Contains("oom_memcg=", StringComparison.Ordinal)
                || text.Contains("killed as a result of limit of", StringComparison.Ordinal));
        return group is { } line && Group().Match(line.Text) is { Success: true } match
            ? $"The memory of the group {match.Groups[1].Value} reached its limit (memory cgroup)"
            : isGroup ? "The memory of a group of processes reached its limit (memory cgroup)" : "Memory ran out";
    }

    // "gfp_mask=0x140dca(…), order=0": 2^order pages in a row were asked for.
    private static IEnumerable<Evidence> Request(FindingContext context, LogLine line)
    {
        yield return context.Quote(line);
        if (Order().Match(line.Text) is { Success: true } match
            && int.TryParse(match.Groups[1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var order)
            && order is > 0 and < 20)
            yield return new Evidence($"{1 << order} pages in a row were asked for (order {order}): "
                + "memory may have been free, but in smaller pieces (fragmentation)");
    }

    private static List<(long Pages, string Who, long Total)> InDump(
        FindingContext context, KernelDump kernel, List<Evidence> evidence)
    {
        var reader = kernel.Sched.Memory;
        // A process whose memory the dump lacks doesn't cost the others.
        var processes = kernel.Tasks.All.Where(task => task.IsLeader && task.Mm != 0).DistinctBy(task => task.Mm)
            .Select(task => (Task: task, Memory: Losses.Ignored.Try(() => reader.Of(task))))
            .Where(process => process.Memory is not null)
            .Select(process => (process.Task, Pages: (long)process.Memory!.Value.ResidentPages))
            .OrderByDescending(process => process.Pages).Take(MostProcesses).ToList();
        foreach (var (task, pages) in processes)
            evidence.Add(new($"{FindingContext.NameOf(task)} has {context.SizeOfPages(pages)} in memory", $"ps {task.Pid}"));
        var statistics = kernel.Mm.Statistics;
        var total = statistics.Total;
        var holders = new List<(long Pages, string Who, long Total)>();
        if (processes.Count > 0)
            holders.Add((processes[0].Pages, $"{FindingContext.NameOf(processes[0].Task)} holds", total));
        Add("the kernel's slab caches hold", statistics.Slab, "kmem -s");
        Add("shared memory and tmpfs hold", statistics.Shared, "kmem -i");
        var memory = $"{context.SizeOfPages(statistics.Free)} of {context.SizeOfPages(total)}";
        var swap = $"{context.SizeOfPages(statistics.SwapFree)} of {context.SizeOfPages(statistics.SwapTotal)}";
        evidence.Add(new($"{memory} were free, {swap} of swap", "kmem -i"));
        return holders;

        void Add(string holds, long pages, string command)
        {
            holders.Add((pages, holds, total));
            evidence.Add(new($"{holds} {context.SizeOfPages(pages)}", command));
        }
    }

    // The report's own tables: "slab_unreclaimable:2202", "130933 pages RAM", and a line for each process.
    private static List<(long Pages, string Who, long Total)> InLog(FindingContext context, List<Evidence> evidence)
    {
        if (context.LastLine(text => text.StartsWith("Mem-Info:", StringComparison.Ordinal)) is not { } start)
            return [];
        var lines = context.Log.Lines.Where(line => line.Number >= start.Number).ToList();
        var total = Last("RAM") - Last("Reserved");
        var holders = new List<(long Pages, string Who, long Total)>();
        var processes = lines.Select(line => (Line: line, Match: Process().Match(line.Text)))
            .Where(process => process.Match.Success)
            .Select(process => (process.Line, Pid: process.Match.Groups["pid"].Value, Command: process.Match.Groups["comm"].Value,
                Pages: Number(process.Match.Groups["rss"])))
            .OrderByDescending(process => process.Pages).Take(MostProcesses).ToList();
        foreach (var process in processes)
        {
            var text = $"PID {process.Pid} \"{process.Command}\" has {context.SizeOfPages(process.Pages)} in memory";
            evidence.Add(context.Quote(process.Line) with { Text = text });
        }
        if (processes.Count > 0)
            holders.Add((processes[0].Pages, $"PID {processes[0].Pid} \"{processes[0].Command}\" holds", total));
        Add("the kernel's slab caches hold", Last("slab_reclaimable") + Last("slab_unreclaimable"));
        Add("shared memory and tmpfs hold", Last("shmem"));
        evidence.Add(new($"{context.SizeOfPages(Last("free"))} of {context.SizeOfPages(total)} were free"));
        return holders;

        void Add(string holds, long pages)
        {
            holders.Add((pages, holds, total));
            evidence.Add(new($"{holds} {context.SizeOfPages(pages)}"));
        }

        long Last(string name) => lines.Select(line => Count(line.Text, name)).FirstOrDefault(count => count >= 0, 0);
    }

    private static long Count(string text, string name)
    {
        var match = name switch { "RAM" => Ram().Match(text), "Reserved" => Reserved().Match(text), _ => Match.Empty };
        if (match.Success)
            return Number(match.Groups[1]);
        var at = text.StartsWith("Node ", StringComparison.Ordinal) ? -1 : text.IndexOf(name + ":", StringComparison.Ordinal);
        if (at < 0 || (at > 0 && text[at - 1] != ' '))
            return -1;
        var digits = text.AsSpan(at + name.Length + 1);
        var end = digits.IndexOfAnyExceptInRange('0', '9');
        return long.TryParse(end < 0 ? digits : digits[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var pages)
            ? pages
            : -1;
    }

    private static long Number(Group group) =>
        long.TryParse(group.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : 0;

    [GeneratedRegex(@"\border=(\d+)", RegexOptions.CultureInvariant)]
    private static partial Regex Order();

    [GeneratedRegex(@"(?:oom_memcg=|as a result of limit of )([^,\s]+)", RegexOptions.CultureInvariant)]
    private static partial Regex Group();

    [GeneratedRegex(@"^(\d+) pages RAM", RegexOptions.CultureInvariant)]
    private static partial Regex Ram();

    [GeneratedRegex(@"^(\d+) pages reserved", RegexOptions.CultureInvariant)]
    private static partial Regex Reserved();

    // "[    194]     0   194    77063    71721    71584 …  0 witness": PID, user, thread group, virtual, resident.
    [GeneratedRegex(@"^\[\s*(?<pid>\d+)\]\s+\d+\s+\d+\s+\d+\s+(?<rss>\d+)\s.*\s(?<comm>\S+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Process();
}

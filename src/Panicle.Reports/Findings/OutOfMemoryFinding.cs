using Panicle.Kernel;
using Panicle.Kernel.Sched;
using Panicle.Reports.Oops;

namespace Panicle.Reports.Findings;

/// <summary>Memory ran out, and the kernel was told to die of that, or had nothing left to kill.</summary>
public sealed class OutOfMemoryFinding : FindingRule
{
    private const int MostProcesses = 3;

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        if (!context.PanickedWith("Out of memory") && !context.PanickedWith("System is deadlocked on memory"))
            yield break;
        var evidence = context.LastWords(text => text.Contains(" invoked oom-killer: ", StringComparison.Ordinal)).TakeLast(1).Select(FindingContext.Quote).Concat(context.Words).ToList();
        var holders = new List<(long Pages, string Who)>();
        var reader = new TaskMemoryReader(context.Kernel);
        var processes = context.Kernel.Tasks.All.Where(task => task.IsLeader && task.Mm != 0).DistinctBy(task => task.Mm)
            .Select(task => (Task: task, Pages: SizeOf(reader, task))).Where(process => process.Pages >= 0)
            .OrderByDescending(process => process.Pages).Take(MostProcesses).ToList();
        foreach (var (task, pages) in processes)
            evidence.Add(new($"{FindingContext.NameOf(task)} has {FindingContext.SizeOfPages(pages)} in memory", $"ps {task.Pid}"));
        if (processes.Count > 0)
            holders.Add((processes[0].Pages, $"{FindingContext.NameOf(processes[0].Task)} holds"));
        var statistics = context.Kernel.Mm.Statistics;
        var total = statistics.Total;
        Add("the kernel's slab caches hold", statistics.Slab, "kmem -s");
        Add("shared memory and tmpfs hold", statistics.Shared, "kmem -i");
        evidence.Add(new($"{FindingContext.SizeOfPages(statistics.Free)} of {FindingContext.SizeOfPages(total)} were free, {FindingContext.SizeOfPages(statistics.SwapFree)} of swap", "kmem -i"));
        var (most, who) = holders.MaxBy(holder => holder.Pages);
        var share = total > 0 ? most * 100 / total : 0;
        var compulsory = context.PanickedWith("compulsory") || context.PanickedWith("panic_on_oom");
        yield return new Finding(OopsKind.OutOfMemory,
            $"Memory ran out{(compulsory ? ", and the kernel was told to die of that (panic_on_oom)" : ", and nothing was left to kill")}: {who} {FindingContext.SizeOfPages(most)}, {share}% of it",
            Certainty.Certain, FindingRole.Cause, evidence,
            "If that much is what it needs, give it more memory; else limit it (a memory cgroup), or look for its leak.");

        void Add(string holds, long pages, string command)
        {
            holders.Add((pages, holds));
            evidence.Add(new($"{holds} {FindingContext.SizeOfPages(pages)}", command));
        }
    }

    // A process whose memory the dump lacks doesn't cost the others.
    private static long SizeOf(TaskMemoryReader reader, KernelTask task)
    {
        try
        {
            return (long)reader.Read(task).ResidentPages;
        }
        catch (KernelReadException)
        {
            return -1;
        }
    }
}

using Panicle.Kernel;
using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>
/// The kernel ran out of something other than memory as such: files, tasks, addresses, per-CPU memory, table entries, disk space.
/// </summary>
internal sealed class ExhaustionRule : FindingRule
{
    private const double Minutes = 10 * 60;
    private const int MostKinds = 4;
    private const double NearlyAll = 0.95;

    private static readonly (string Text, string What, string Advice)[] Signs =
    [
        ("VFS: file-max limit ", "open files (fs.file-max)",
            "'foreach files' shows who has them; raise fs.file-max, or find the leak."),
        ("cgroup: fork rejected by pids controller", "tasks in a control group (pids.max)",
            "See who forks without end, or raise pids.max."),
        ("vmap allocation for size ", "addresses for vmalloc()", "'kmem -v' shows what has them."),
        ("vmalloc error: size ", "memory for vmalloc()", "'kmem -v' shows what has it."),
        ("PERCPU: allocation failed", "per-CPU memory",
            "Someone makes many per-CPU objects: counters, control groups, network devices."),
        ("percpu: allocation failed", "per-CPU memory",
            "Someone makes many per-CPU objects: counters, control groups, network devices."),
        ("nf_conntrack: table full, dropping packet", "entries of the connection-tracking table (nf_conntrack_max)",
            "Raise net.netfilter.nf_conntrack_max, or see who opens so many connections."),
        ("neighbor table overflow", "entries of the neighbour table (gc_thresh3)",
            "Raise net.ipv4.neigh.default.gc_thresh3, or see who scans the network."),
        ("TCP: out of memory -- consider tuning tcp_mem", "memory for TCP (tcp_mem)",
            "See which connections have it, or raise net.ipv4.tcp_mem."),
        ("swiotlb buffer is full", "bounce buffers for DMA (swiotlb)", "Boot with a larger swiotlb=."),
        ("Out of SW-IOMMU space", "bounce buffers for DMA (swiotlb)", "Boot with a larger swiotlb=."),
        ("This should not happen!! Data will be lost", "room on a file system", "Make room on it."),
        ("No space left on device", "room on a file system", "Make room on it."),
    ];

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        var lines = context.Before(Minutes).Select(line =>
            (Line: line, Sign: Signs.FirstOrDefault(sign => line.Text.Contains(sign.Text, StringComparison.Ordinal))))
            .Where(found => found.Sign.Text is not null).GroupBy(found => found.Sign).Take(MostKinds);
        foreach (var group in lines)
            yield return Out(group.Key.What,
                [.. new LineGroup(group.Key.Text, [.. group.Select(found => found.Line)]).Quote(context)], group.Key.Advice);
        if (context.Kernel is not { } kernel)
            yield break;
        foreach (var (what, used, most, command, advice) in Counts(kernel)
            .Where(count => count.Most > 0 && count.Used >= count.Most * NearlyAll))
            yield return Out(what, [new($"{used} of {most} were in use", command)], advice);
    }

    private static Finding Out(string what, IReadOnlyList<Evidence> evidence, string advice) =>
        new(OopsKind.Other, $"The kernel had run out of {what}", Certainty.Possible, FindingRole.Circumstance, evidence, advice);

    private static IEnumerable<(string What, long Used, long Most, string Command, string Advice)> Counts(KernelDump kernel)
    {
        if (Read(kernel, "nr_threads") is { } threads && Read(kernel, "max_threads") is { } mostThreads)
            yield return ("tasks (kernel.threads-max)", threads, mostThreads, "ps -S",
                "'ps' shows who has so many; raise kernel.threads-max, or find who forks without end.");
        // Since 6.14 pid_max is each PID namespace's own.
        if (Read(kernel, "nr_threads") is { } tasks && Read(kernel, "pid_max") is { } pids)
            yield return ("process numbers (kernel.pid_max)", tasks, pids, "ps -S",
                "'ps' shows who has so many; raise kernel.pid_max, or find who forks without end.");
        // A percpu_counter: what the CPUs have not added yet is little beside the limit.
        if (kernel.TrySymbolAddress("nr_files", out var counter) && kernel.TrySymbolAddress("files_stat", out var limits)
            && kernel.Types.Parse("struct percpu_counter") is not null
            && kernel.Types.Parse("struct files_stat_struct") is not null)
        {
            yield return ("open files (fs.file-max)", kernel.At(counter, "struct percpu_counter")["count"].ToInt64(),
                kernel.At(limits, "struct files_stat_struct")["max_files"].ToInt64(),
                "foreach files", "'foreach files' shows who has them; raise fs.file-max, or find the leak.");
        }
    }

    private static long? Read(KernelDump kernel, string variable) =>
        kernel.TrySymbolAddress(variable, out var address) && kernel.Memory.TryReadUInt32(address, out var value)
            ? (int)value
            : null;
}

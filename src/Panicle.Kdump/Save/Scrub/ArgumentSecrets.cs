using Panicle.Kernel;

namespace Panicle.Kdump.Save.Scrub;

/// <summary>
/// The arguments and the environment of every process, which lie in its own memory: for dumps that keep some of that.
/// </summary>
internal static class ArgumentSecrets
{
    private const ulong MostBytes = 2 * 1024 * 1024;

    public static IEnumerable<SecretRange> Find(KernelDump kernel, Losses losses)
    {
        var seen = new HashSet<ulong>();
        foreach (var task in kernel.Tasks.All)
        {
            var ranges = new List<SecretRange>();
            losses.Try("task", task.Address, () => Add(ranges, kernel, task, seen));
            foreach (var range in ranges)
                yield return range;
        }
    }

    // What is found before something can't be read counts.
    private static List<SecretRange> Add(
        List<SecretRange> ranges, KernelDump kernel, Kernel.Sched.KernelTask task, HashSet<ulong> seen)
    {
        if (task.Mm == 0 || !seen.Add(task.Mm))
            return ranges;
        var mm = task.Value["mm"];
        var space = kernel.Mm.MemoryOf(task);
        foreach (var part in (string[])["arg", "env"])
        {
            var (start, end) = (mm[$"{part}_start"].ToUInt64(), mm[$"{part}_end"].ToUInt64());
            for (var at = start; at < end && end - start <= MostBytes;)
            {
                var next = Math.Min(end, (at & ~(kernel.PageSize - 1)) + kernel.PageSize);
                if (space.TryPhysical(at, out var physical))
                {
                    var what = part == "arg" ? "process arguments" : "process environment";
                    ranges.Add(new SecretRange(kernel.Mm.VirtualOf(physical), next - at, what));
                }
                at = next;
            }
        }
        return ranges;
    }
}

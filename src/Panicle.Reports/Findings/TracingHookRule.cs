using Panicle.Kernel;
using Panicle.Kernel.Module;
using Panicle.Kernel.Values;
using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>A hook of ftrace or a kprobe calls code that belongs neither to the kernel nor to a module on its list.</summary>
internal sealed class TracingHookRule : FindingRule
{
    private const int MostHooks = 1024;
    private const int ProbeBuckets = 64; // KPROBE_TABLE_SIZE, kernel/kprobes.c

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        if (context.Kernel is not { } kernel)
            yield break;
        var code = new KernelCode(kernel);
        var hooks = Tracers(kernel).Concat(Probes(kernel)).Where(hook => hook.Code != 0 && !code.Contains(hook.Code)).ToList();
        if (hooks.Count == 0)
            yield break;
        yield return new Finding(
            OopsKind.Other,
            $"{hooks.Count} {(hooks.Count == 1 ? "hook" : "hooks")} of ftrace or kprobes {(hooks.Count == 1 ? "calls" : "call")} "
                + "code that belongs to no module that is listed",
            Certainty.Likely, FindingRole.Circumstance,
            [.. hooks.Select(hook =>
                new Evidence($"{hook.What} calls 0x{hook.Code:x}: {kernel.Mm.Addresses.Find(hook.Code).Summary}", hook.Command))],
            "Rootkits take functions over so. Treat the machine as broken into, and keep the dump.");
    }

    // ftrace_ops_list is a chain that ends at ftrace_list_end.
    private static IEnumerable<(string What, ulong Code, string Command)> Tracers(KernelDump kernel)
    {
        if (!kernel.TrySymbolAddress("ftrace_ops_list", out var list) || !kernel.TrySymbolAddress("ftrace_list_end", out var end)
            || kernel.Types.Parse("struct ftrace_ops") is null)
            yield break;
        var next = kernel.Memory.ReadWord(list, "ftrace_ops_list");
        for (var i = 0; i < MostHooks && next != end && next != 0; i++)
        {
            var tracer = kernel.At(next, "struct ftrace_ops");
            yield return ($"the ftrace_ops at 0x{next:x}", tracer["func"].ToUInt64(), $"struct ftrace_ops {next:x}");
            next = tracer["next"].ToUInt64();
        }
    }

    private static IEnumerable<(string What, ulong Code, string Command)> Probes(KernelDump kernel)
    {
        if (!kernel.TrySymbolAddress("kprobe_table", out var table) || kernel.Types.Parse("struct kprobe") is null)
            yield break;
        for (var bucket = 0; bucket < ProbeBuckets; bucket++)
        {
            foreach (var probe in KernelLists.HashEntries(
                kernel.Context, kernel.Memory.Words.At(table, bucket), "struct kprobe", "hlist").Take(MostHooks))
            {
                var at = probe["addr"].ToUInt64();
                var what = $"the kprobe at {kernel.Symbols.Describe(at, hexOffset: true) ?? $"0x{at:x}"}";
                yield return (what, probe["pre_handler"].ToUInt64(), $"struct kprobe {probe.Address:x}");
                yield return (what, probe["post_handler"].ToUInt64(), $"struct kprobe {probe.Address:x}");
            }
        }
    }
}

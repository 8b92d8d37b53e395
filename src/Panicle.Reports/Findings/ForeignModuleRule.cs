using Panicle.Logs.Decoding;
using Panicle.Logs.Events;
using Panicle.Symbols;

namespace Panicle.Reports.Findings;

/// <summary>A module that isn't of the kernel's own tree, or that no one vouches for, is on the path to the crash.</summary>
internal sealed class ForeignModuleRule : FindingRule
{
    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        foreach (var group in OnPath(context).GroupBy(frame => frame.Module))
        {
            if (TaintsOf(context, group.Key) is not { } taints || !taints.Any(taint => Word(taint) is not null))
                continue;
            var words = string.Join(", ", taints.Select(taint => Word(taint) ?? taint.Letter.ToString()));
            var count = group.Count();
            var frames = count == 1 ? "frame of the backtrace is" : "frames of the backtrace are";
            var what = taints.Any(Taint.IsForeign)
                ? "which is not of the kernel's own tree"
                : "which is not as its makers meant it";
            var (backtrace, modules) = context.Kernel is null ? (null, null) : (FindingContext.BacktraceCommand, "mod -t");
            yield return new Finding(
                OopsKind.Other,
                $"The module {group.Key}, {what} ({words}), is on the path to the crash",
                Certainty.Possible, FindingRole.Circumstance,
                [
                    new($"{count} {frames} in it, the innermost {group.First().Place}", backtrace),
                    new($"its taints are {string.Concat(taints.Select(taint => taint.Letter))}", modules),
                ],
                $"Ask whoever provides {group.Key}, and see whether the crash comes without it.");
        }
    }

    private static IEnumerable<(string Module, string Place)> OnPath(FindingContext context)
    {
        if (context.Kernel is not null)
            return context.Trace?.Frames.Where(frame => !frame.IsUser && frame.Function?.Module is not null)
                .Select(frame => (frame.Function!.Value.Module!, FindingContext.PlaceOf(frame))) ?? [];
        var frames = context.Event?.Traces.Where(trace => trace.IsOwn).SelectMany(trace => trace.Frames) ?? [];
        return frames.Prepend(context.Event?.Instruction).OfType<BacktraceFrame>()
            .Where(frame => frame is { IsReliable: true, Module: not null })
            .Distinct().Select(frame => (frame.Module!, frame.Place));
    }

    private static IReadOnlyList<Taint>? TaintsOf(FindingContext context, string module)
    {
        if (context.Kernel is { } kernel)
            return kernel.Modules.Find(module) is { } found ? Taint.Of(found.Taints) : null;
        // "Modules linked in: crashme(OE) …"
        return context.Event?.Modules.FirstOrDefault(name => name.StartsWith(module + "(", StringComparison.Ordinal)) is { } entry
            ? [.. Taint.All.Where(taint => entry.AsSpan(module.Length).Contains(taint.Letter))] : null;
    }

    private static string? Word(Taint taint) => taint.Letter switch
    {
        'P' => "proprietary",
        'F' => "loaded by force",
        'C' => "staging, not yet of the kernel's quality",
        'O' => "out of tree",
        'E' => "unsigned",
        _ => null,
    };
}

using Panicle.Reports.Decoding;
using Panicle.Reports.Oops;

namespace Panicle.Reports.Findings;

/// <summary>A module that isn't of the kernel's own tree is on the path to the crash.</summary>
public sealed class ForeignModuleFinding : FindingRule
{
    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        var frames = context.Trace?.Frames.Where(frame => !frame.IsUser && frame.Function?.Module is not null).ToList() ?? [];
        foreach (var group in frames.GroupBy(frame => frame.Function!.Value.Module!))
        {
            if (context.Kernel.Modules.Find(group.Key) is not { } module || !Taint.IsForeign(module.Taints))
                continue;
            var taints = Taint.Of(module.Taints);
            var words = string.Join(", ", taints.Select(taint => taint.Letter switch { 'P' => "proprietary", 'O' => "out of tree", 'E' => "unsigned", 'F' => "loaded by force", 'C' => "staging", _ => taint.Letter.ToString() }));
            yield return new Finding(OopsKind.Other, $"The module {module.Name}, which is not of the kernel's own tree ({words}), is on the path to the crash", Certainty.Possible,
                FindingRole.Circumstance,
                [new($"{group.Count()} frames of the backtrace are in it, the innermost {FindingContext.PlaceOf(group.First())}", FindingContext.BacktraceCommand),
                    new($"its taints are {string.Concat(taints.Select(taint => taint.Letter))}", $"mod -t")],
                $"Ask whoever provides {module.Name}, and see whether the crash comes without it.");
        }
    }
}

using Panicle.Kernel.Sched;
using Panicle.Reports.Oops;
using Panicle.Reports.Sections;

namespace Panicle.Reports.Findings;

/// <summary>khungtaskd found tasks that had been blocked for too long, and was told to panic (hung_task_panic).</summary>
public sealed class HungTaskFinding : FindingRule
{
    private const int MostGroups = 3;

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        if (!context.PanickedWith("hung_task: blocked tasks"))
            yield break;
        var evidence = new List<Evidence>([.. context.InLastWords(text => text.StartsWith("INFO: task ", StringComparison.Ordinal) && text.Contains(" blocked ", StringComparison.Ordinal) && text.Contains(" for more than ", StringComparison.Ordinal)).Take(MostGroups).Select(context.Quote), .. context.Words]);
        var groups = context.Kernel is { } kernel ? TaskGroups.Blocked(kernel, context.Cancellation) : [];
        foreach (var group in groups.Take(MostGroups))
        {
            var path = FrameLine.Of(group.Trace).Where(frame => frame.Function is not null && !frame.IsUser && !frame.Function.Contains("schedule", StringComparison.Ordinal)).Take(3).Select(frame => frame.Function);
            evidence.Add(new($"{group.Tasks.Count} blocked in {string.Join(", called by ", path)}: {FindingContext.NameOf(group.Tasks[0].Task)}", $"bt {group.Tasks[0].Task.Pid}"));
        }
        var count = context.Kernel is null ? evidence.Count - 1 : groups.Sum(group => group.Tasks.Count);
        yield return new Finding(OopsKind.HungTask, $"{count} {(count == 1 ? "task was" : "tasks were")} blocked for so long that the kernel was told to die of it (hung task)",
            Certainty.Certain, FindingRole.Symptom, evidence, "See what they wait for: a lock and its holder, a disk, or a server that didn't answer.");
    }
}

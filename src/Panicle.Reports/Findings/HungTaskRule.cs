using System.Text.RegularExpressions;
using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>khungtaskd found tasks that had been blocked for too long, and was told to panic (hung_task_panic).</summary>
internal sealed partial class HungTaskRule : FindingRule
{
    private const int MostGroups = 3;

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        const string Death = "hung_task: blocked tasks";
        var died = context.PanickedWith(Death)
            || context.Log.Events.Any(found => found.PanicMessage?.StartsWith(Death, StringComparison.Ordinal) == true);
        if (!died && (context.Kernel is not null || context.Event?.Kind != OopsKind.HungTask))
            yield break;
        var reports = context.Log.Lines.Where(line => Blocked().IsMatch(line.Text)).ToList();
        List<Evidence> evidence =
        [
            .. reports.Take(MostGroups).Select(context.Quote),
            .. context.Words.Where(_ => context.PanickedWith(Death)),
        ];
        var groups = context.Kernel is { } kernel ? kernel.Sched.Groups.Blocked(context.Cancellation) : [];
        foreach (var group in groups.Take(MostGroups))
        {
            var path = group.Trace.Frames.Where(frame => !frame.IsUser).Select(frame => frame.Function?.Name).OfType<string>()
                .Where(function => !function.Contains("schedule", StringComparison.Ordinal)).Take(3);
            var first = group.Tasks[0].Task;
            evidence.Add(new(
                $"{group.Tasks.Count} blocked in {string.Join(", called by ", path)}: {FindingContext.NameOf(first)}",
                $"bt {first.Pid}"));
        }
        var count = context.Kernel is null
            ? reports.DistinctBy(line => Blocked().Match(line.Text).Value).Count()
            : groups.Sum(group => group.Tasks.Count);
        // The reports may have been left out of a log, the panic rarely is.
        var tasks = count switch { 0 => "A task was", 1 => "1 task was", _ => $"{count} tasks were" };
        if (count == 0)
            evidence.Add(new("which task, this log doesn't say"));
        var did = died ? "was told to die of it (kernel.hung_task_panic)" : "complained";
        yield return new Finding(
            OopsKind.HungTask, $"{tasks} blocked for so long that the kernel {did} (hung task)",
            Certainty.Certain, FindingRole.Symptom, evidence,
            "See what they wait for: a lock and its holder, a disk, or a server that didn't answer.");
    }

    // kernel/hung_task.c.
    [GeneratedRegex(@"\bINFO: task .*:\d+ blocked (?:in I/O wait )?for more than ", RegexOptions.CultureInvariant)]
    private static partial Regex Blocked();
}

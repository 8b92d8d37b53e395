using Panicle.Kernel;

namespace Panicle.Reports.Findings;

/// <summary>What the rules found.</summary>
/// <param name="Findings">The findings, the first the most telling.</param>
/// <param name="Problems">Which rules could not look, and why.</param>
public sealed record TriageResult(IReadOnlyList<Finding> Findings, IReadOnlyList<string> Problems);

/// <summary>Runs every rule in Findings on a dump or a log.</summary>
public static partial class Triage
{
    /// <summary>Looks for the cause of a crash in a dump.</summary>
    /// <param name="kernel">The dump.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static TriageResult Run(KernelDump kernel, CancellationToken cancellation = default)
    {
        var attempt = new Attempt(cancellation);
        var log = attempt.Read("the log", () => CrashLog.Of(kernel.Log));
        return Run(new FindingContext(kernel, log, cancellation), attempt);
    }

    /// <summary>Looks for the cause of a crash in a log.</summary>
    /// <param name="log">The log.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static TriageResult Run(CrashLog log, CancellationToken cancellation = default) =>
        Run(new FindingContext(log, cancellation), new Attempt(cancellation));

    private static TriageResult Run(FindingContext context, Attempt attempt)
    {
        var rules = new List<FindingRule>();
        AddRules(rules);
        var findings = rules.SelectMany(rule => Try(attempt, rule, context)).ToList();
        // What no rule explains is told as the kernel told it.
        if (findings.All(finding => finding.Role == FindingRole.Circumstance && finding.Kind != context.Event?.Kind))
            findings.AddRange(Try(attempt, new ReportedEvent(), context));
        attempt.Add(context.Problems);
        return new TriageResult([.. findings.OrderBy(finding => finding.Rank)], attempt.Failures);
    }

    private static IReadOnlyList<Finding> Try(Attempt attempt, FindingRule rule, FindingContext context) =>
        attempt.Read(rule.GetType().Name, () => rule.Look(context).ToList()) ?? [];

    static partial void AddRules(List<FindingRule> rules);
}

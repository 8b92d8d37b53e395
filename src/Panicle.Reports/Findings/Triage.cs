using Panicle.Kernel;

namespace Panicle.Reports.Findings;

/// <summary>What the rules found.</summary>
/// <param name="Findings">The findings, the first the most telling.</param>
/// <param name="Losses">What rules could not look at, and why.</param>
public sealed record TriageResult(IReadOnlyList<Finding> Findings, Losses Losses);

/// <summary>Runs every rule in Findings on a dump or a log.</summary>
public static partial class Triage
{
    /// <summary>Looks for the cause of a crash in a dump.</summary>
    /// <param name="kernel">The dump.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static TriageResult Run(KernelDump kernel, CancellationToken cancellation = default)
    {
        var losses = new Losses(cancellation);
        return Run(kernel, losses.Try("the log", () => CrashLog.Of(kernel)), losses, cancellation);
    }

    internal static TriageResult Run(KernelDump kernel, CrashLog? log, CancellationToken cancellation) =>
        Run(kernel, log, new Losses(cancellation), cancellation);

    private static TriageResult Run(KernelDump kernel, CrashLog? log, Losses losses, CancellationToken cancellation)
    {
        return Run(new FindingContext(kernel, log, losses, cancellation), losses);
    }

    /// <summary>Looks for the cause of a crash in a log.</summary>
    /// <param name="log">The log.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static TriageResult Run(CrashLog log, CancellationToken cancellation = default) =>
        Run(new FindingContext(log, cancellation), new Losses(cancellation));

    private static TriageResult Run(FindingContext context, Losses losses)
    {
        var rules = new List<FindingRule>();
        AddRules(rules);
        var findings = rules.SelectMany(rule => Try(losses, rule, context)).ToList();
        // What no rule explains is told as the kernel told it.
        if (findings.All(finding => finding.Role == FindingRole.Circumstance && finding.Kind != context.Event?.Kind))
            findings.AddRange(Try(losses, new ReportedEvent(), context));
        return new TriageResult([.. findings.OrderBy(finding => finding.Rank)], losses);
    }

    private static IReadOnlyList<Finding> Try(Losses losses, FindingRule rule, FindingContext context) =>
        losses.Try("not every known cause could be looked for", () => rule.Look(context).ToList()) ?? [];

    static partial void AddRules(List<FindingRule> rules);
}

using Panicle.Kernel;

namespace Panicle.Reports.Findings;

/// <summary>What the rules found.</summary>
/// <param name="Findings">The findings, the first the most telling.</param>
/// <param name="Problems">Which rules could not look, and why.</param>
public sealed record TriageResult(IReadOnlyList<Finding> Findings, IReadOnlyList<string> Problems);

/// <summary>Runs every rule in Findings on a dump.</summary>
public static partial class Triage
{
    /// <summary>Looks for the cause of a crash.</summary>
    /// <param name="kernel">The dump.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static TriageResult Run(KernelDump kernel, CancellationToken cancellation = default)
    {
        var rules = new List<FindingRule>();
        AddRules(rules);
        var context = new FindingContext(kernel, cancellation);
        var attempt = new Attempt(cancellation);
        var findings = rules.SelectMany(rule =>
            attempt.Read(rule.GetType().Name, () => rule.Look(context).ToList()) ?? []).ToList();
        return new TriageResult([.. findings.OrderBy(finding => finding.Rank)], attempt.Failures);
    }

    static partial void AddRules(List<FindingRule> rules);
}

using System.Text.RegularExpressions;
using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>A network card didn't send what it was given (net/sched/sch_generic.c, dev_watchdog()).</summary>
internal sealed partial class NetworkQueueRule : FindingRule
{
    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        if (context.Event is not { } found || Watchdog().Match(found.Title) is not { Success: true } match)
            yield break;
        var device = match.Groups["a"] is { Success: true } old ? old.Value : match.Groups["b"].Value;
        var driver = found.Module is { } module ? $" of the driver {module}" : "";
        yield return new Finding(
            OopsKind.Warning, $"The network card {device}{driver} sent nothing from its transmit queue "
                + $"{match.Groups["q"].Value} for too long (NETDEV WATCHDOG)",
            Certainty.Certain, FindingRole.Symptom, [.. context.Headline],
            "The card, its firmware or its driver hangs, its interrupt is lost, or the link's other side holds it up (flow "
                + "control). See what the driver said before, and whether its reset helped.");
    }

    [GeneratedRegex(
        @"NETDEV WATCHDOG: (?<a>\S+)(?: \(\S+\))?: transmit queue (?<q>\d+)"
            + @"|(?<b>\S+): NETDEV WATCHDOG: (?:CPU: \d+: )?transmit queue (?<q>\d+)", RegexOptions.CultureInvariant)]
    private static partial Regex Watchdog();
}

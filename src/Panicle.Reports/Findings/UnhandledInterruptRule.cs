using System.Text.RegularExpressions;
using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>An interrupt came again and again, and no handler took it (kernel/irq/spurious.c).</summary>
internal sealed partial class UnhandledInterruptRule : FindingRule
{
    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        if (context.Event is not { } found || Interrupt().Match(found.Title) is not { Success: true } match)
            yield break;
        var number = match.Groups["n"].Value;
        var isOff = context.EventLines.Any(line => line.Text.StartsWith("Disabling IRQ", StringComparison.Ordinal));
        var handler = found.FullFunction is { } name ? $": its handler is {name}" : "";
        yield return new Finding(
            OopsKind.Warning, $"IRQ {number} was raised over and over, and no handler took it{handler} (nobody cared)",
            Certainty.Certain, FindingRole.Symptom,
            [.. context.Headline, .. context.EventLines.Where(line => line.Text.StartsWith("Disabling IRQ",
                StringComparison.Ordinal))
                .Take(1).Select(context.Quote)],
            (isOff ? $"IRQ {number} is off from now on: what uses it works slowly or not at all. " : "")
                + "A device raises the line that has no driver, or whose driver doesn't see that it was its own; "
                + "or the line's trigger (edge, level) is set up wrongly. See /proc/interrupts.");
    }

    [GeneratedRegex(@"^irq (?<n>\d+): nobody cared", RegexOptions.CultureInvariant)]
    private static partial Regex Interrupt();
}

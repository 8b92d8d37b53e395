using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>arm64's SError: an access to a device or to memory failed after the CPU had gone on.</summary>
internal sealed class BusErrorRule : FindingRule
{
    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        if (context.Event is not { } found || !found.Title.Contains("SError Interrupt", StringComparison.Ordinal))
            yield break;
        var function = found.FullFunction is { } name ? $", while {name} ran" : "";
        yield return new Finding(
            OopsKind.HardwareError, $"An access on the bus failed: nothing answered it, or memory had an error "
                + $"(SError){function}",
            Certainty.Certain, FindingRole.Symptom, [.. context.Headline.Union(context.Words)],
            "Most often a register of a device was used whose clock or power was off, or an address that the device tree gives "
                + "wrongly. The access was some instructions before where the CPU was when it was told of it.");
    }
}

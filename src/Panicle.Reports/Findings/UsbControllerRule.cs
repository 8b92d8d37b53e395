using System.Text.RegularExpressions;
using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>A USB host controller no longer answered (drivers/usb/host/xhci-ring.c, drivers/usb/core/hcd.c).</summary>
internal sealed partial class UsbControllerRule : FindingRule
{
    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        if (context.Event is not { } found || Controller().Match(found.Title) is not { Success: true } match)
            yield break;
        yield return new Finding(
            OopsKind.HardwareError, $"The USB controller {match.Groups["d"].Value} no longer answered, and the kernel "
                + "gave it up: "
                + "every device on it is gone",
            Certainty.Certain, FindingRole.Symptom, [.. context.Headline],
            "Its power management, its firmware, a device on it, or the controller itself: look at what the log says of "
                + "it before, "
                + "and try without runtime power management (power/control = on). Binding its driver anew brings it back "
                    + "at times.");
    }

    [GeneratedRegex(@"^\S+ (?<d>\S+): (?:xHCI host controller not responding|HC died)", RegexOptions.CultureInvariant)]
    private static partial Regex Controller();
}

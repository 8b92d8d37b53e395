using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>Right before the crash, the kernel complained of the machine's firmware: ACPI errors, firmware bugs.</summary>
internal sealed class FirmwareComplaintRule : FindingRule
{
    // While it boots, many a machine gives cause for some, harmlessly.
    private const double NearSeconds = 10;

    private static readonly string[] Signs =
    [
        "ACPI Error: ",
        "ACPI BIOS Error (bug)",
        "ACPI Exception: ",
        "[Firmware Bug]: ",
        "[Firmware Error]: ",
    ];

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        var complaints = context.Before(NearSeconds)
            .Where(line => Signs.Any(sign => line.Text.Contains(sign, StringComparison.Ordinal))).ToList();
        if (complaints.Count == 0)
            yield break;
        yield return new Finding(OopsKind.Other, "The kernel complained of the machine's firmware right before (ACPI)",
            Certainty.Possible, FindingRole.Circumstance,
            [.. new LineGroup("firmware", complaints).Quote(context)],
            "See whether the machine's maker has newer firmware (BIOS, UEFI).");
    }
}

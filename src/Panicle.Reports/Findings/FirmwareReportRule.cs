using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>
/// The firmware reported an error of the hardware: APEI's generic hardware error sources (drivers/acpi/apei/ghes.c).
/// </summary>
internal sealed class FirmwareReportRule : FindingRule
{
    private const int MostLines = 5;

    // What of a record tells most: what failed, how badly, and where.
    private static readonly string[] Telling =
    [
        "event severity: ", "Error 0, type: ", "section_type: ", "error_type: ", "physical_address: ", "node: ", "device_id: ",
        "DIMM location: ", "fru_text: ",
    ];

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        var isFatal = context.PanickedWith("Fatal hardware error");
        var records = context.Log.Lines.Where(line =>
            line.Text.Contains("Hardware error from APEI Generic Hardware Error Source", StringComparison.Ordinal)).ToList();
        if (records.Count == 0 && !isFatal)
            yield break;
        var last = records.Count > 0 ? records[^1].Number : long.MaxValue;
        var details = context.Log.Lines.Where(line =>
            line.Number > last && line.Text.Contains("[Hardware Error]", StringComparison.Ordinal)
            && Telling.Any(word => line.Text.Contains(word, StringComparison.Ordinal))).Take(MostLines).ToList();
        var what = details.Select(line => line.Text)
            .FirstOrDefault(text => text.Contains("section_type: ", StringComparison.Ordinal)) is { } section
            ? $": {section[(section.IndexOf("section_type: ", StringComparison.Ordinal) + "section_type: ".Length)..]}" : "";
        yield return new Finding(
            OopsKind.HardwareError,
            $"The firmware reported {(isFatal ? "a fatal error" : records.Count == 1 ? "an error" : $"{records.Count} errors")} "
                + $"of the hardware{what} (APEI, GHES)",
            isFatal ? Certainty.Certain : Certainty.Possible, isFatal ? FindingRole.Cause : FindingRole.Circumstance,
            [.. records.TakeLast(1).Select(context.Quote), .. details.Select(context.Quote), .. isFatal ? context.Words : []],
            "Read the machine's own log of events (IPMI SEL): it has the same record, and often names the part.");
    }
}

using System.Text.RegularExpressions;
using Panicle.Logs.Events;
using Panicle.Logs.Reading;

namespace Panicle.Reports.Findings;

/// <summary>Devices on PCI Express had errors of their link or their requests: AER (drivers/pci/pcie/aer.c).</summary>
internal sealed partial class PcieErrorRule : FindingRule
{
    private const int MostDevices = 3;

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        var errors = context.Log.Lines.Select(line => (Line: line, Match: Error().Match(line.Text)))
            .Where(error => error.Match.Success).ToList();
        if (errors.Count == 0)
            yield break;
        var groups = errors.GroupBy(error =>
            (Device: error.Match.Groups["device"].Value, Severity: error.Match.Groups["severity"].Value,
                Type: error.Match.Groups["type"].Value))
            .OrderBy(group => IsCorrected(group.Key.Severity)).ThenByDescending(group => group.Count()).ToList();
        var (device, severity, type) = groups[0].Key;
        var isFatal = context.PanickedWith("AER") || severity.Contains("(Fatal)", StringComparison.Ordinal);
        var what = IsCorrected(severity) ? "errors that were corrected"
            : isFatal ? "fatal errors"
            : "errors that were not corrected";
        yield return new Finding(OopsKind.HardwareError,
            $"The PCI Express device {device} had {what} in its {type.ToLowerInvariant()} (AER)",
            IsCorrected(severity) ? Certainty.Possible : Certainty.Likely, FindingRole.Circumstance,
            [.. groups.Take(MostDevices).SelectMany(group =>
                new LineGroup(group.Key.Device, [.. group.Select(error => error.Line)]).Quote(context)),
                .. Names(context).Take(MostDevices).Select(context.Quote)],
            $"'lspci -s {device}' names the device. Errors of the physical layer or the data link: reseat the card, check its "
                + "slot and riser. Of the transaction layer: its driver or firmware.");
    }

    private static bool IsCorrected(string severity) => severity.StartsWith("Correct", StringComparison.Ordinal);

    // "   [12] Timeout", "    [ 0] RxErr   (First)": which error it was.
    private static IEnumerable<LogLine> Names(FindingContext context) =>
        context.Log.Lines.Where(line => Name().IsMatch(line.Text)).DistinctBy(line => line.Text.Trim());

    // "pcieport 0000:00:1c.5: AER: PCIe Bus Error: severity=Corrected, type=Physical Layer, (Receiver ID)".
    [GeneratedRegex(
        @"(?<device>[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]): (?:AER: )?PCIe Bus Error: severity="
            + @"(?<severity>[\w ()-]+?), type=(?<type>[\w ]+)",
        RegexOptions.CultureInvariant)]
    private static partial Regex Error();

    [GeneratedRegex(@"[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]: (?:AER: )?\s+\[\s?\d+\] ", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}

using System.Text.RegularExpressions;
using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>A driver's device hung, timed out or was reset in the minutes before the crash.</summary>
internal sealed partial class DriverTroubleRule : FindingRule
{
    private const double Minutes = 10 * 60;
    private const int MostDevices = 3;

    // Each names the device in a group, or the driver.
    private static readonly (Regex Form, string What)[] Signs =
    [
        (Transmit(), "the network card's transmit queue stopped"),
        (Graphics(), "the graphics processor hung"),
        (Host(), "the storage controller was reset, or gave up requests"),
        (Usb(), "the USB controller stopped"),
        (Firmware(), "the device's own firmware crashed"),
        (Reset(), "the device was reset, or did not answer"),
    ];

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        var troubles = context.Before(Minutes).Select(line => (Line: line, Sign: SignOf(line.Text)))
            .Where(trouble => trouble.Sign is not null)
            .GroupBy(trouble => trouble.Sign!.Value).Select(group =>
                (group.Key.What, Group: new LineGroup(group.Key.Device, [.. group.Select(trouble => trouble.Line)]))).ToList();
        if (troubles.Count == 0)
            yield break;
        var (what, first) = troubles[0];
        yield return new Finding(OopsKind.Other, $"A driver was in trouble shortly before: {first.Key}: {what}",
            Certainty.Possible, FindingRole.Circumstance,
            [.. troubles.Take(MostDevices).SelectMany(trouble => trouble.Group.Quote(context))],
            "A driver's way out of such trouble is seldom tried, and often where it crashes. See whether the crash is in that "
                + "driver, and whether the device or its firmware is known for this.");
    }

    private static (string Device, string What)? SignOf(string text)
    {
        foreach (var (form, what) in Signs)
        {
            if (form.Match(text) is { Success: true } match)
                return (match.Groups["device"].Value, what);
        }
        return null;
    }

    // net/sched/sch_generic.c: "NETDEV WATCHDOG: eth0 (e1000e): transmit queue 0 timed out", since 6.6 "e1000e 0000:00:19.0 eth0:
    // NETDEV WATCHDOG: CPU: 1: transmit queue 0 timed out 5000 ms".
    [GeneratedRegex(
        @"^NETDEV WATCHDOG: (?<device>\S+ \(\S+\)): transmit queue \d+ timed out"
            + @"|^(?<device>\S+ \S+ \S+): NETDEV WATCHDOG: .*timed out",
        RegexOptions.CultureInvariant)]
    private static partial Regex Transmit();

    [GeneratedRegex(
        @"^(?<device>(?:i915|amdgpu|radeon|nouveau|xe) \S+): .*(?:GPU HANG|ring \S+ timeout|GPU lockup|GPU fault|Resetting chip"
            + @"|GPU reset begin|\bTIMEDOUT\b|reset failed)|^NVRM: (?<device>Xid)",
        RegexOptions.CultureInvariant)]
    private static partial Regex Graphics();

    [GeneratedRegex(
        @"^(?<device>(?:mpt[23]sas|megaraid_sas|hpsa|smartpqi|aacraid|qla2xxx|lpfc|arcmsr|mptbase|ahci|virtio_scsi|pvscsi"
            + @"|hv_storvsc)\S*(?: \S+)?): .*(?:reset|timed? ?out|abort|failed|fault|adapter is dead)"
            + @"|^(?<device>scsi host\d+): .*(?:reset|abort)",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Host();

    [GeneratedRegex(@"^(?<device>xhci_hcd \S+): .*(?:HC died|not responding|Host halt failed|assume dead|Abort failed)",
        RegexOptions.CultureInvariant)]
    private static partial Regex Usb();

    [GeneratedRegex(
        @"^(?<device>(?:ath1\dk\w*|iwlwifi|brcmfmac|mt7\w+|rtw\w+|mlx[45]_core|bnxt_en|ice|i40e|qed\w*|be2net|hfi1) \S+): .*"
            + @"(?:firmware crashed|Microcode SW error|firmware error|health compromised|device's health|fatal error|EMP reset"
            + @"|Firmware reset|FW non-fatal|hang detected)",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Firmware();

    // "eth0: Reset adapter", "e1000e 0000:00:19.0 eth0: Detected Hardware Unit Hang:".
    [GeneratedRegex(
        @"^(?<device>[\w.-]+ (?:[0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}\.\d(?: \S+)?): "
            + @"(?:Detected Hardware Unit Hang|Reset adapter|.*tx timeout|.*Tx [Uu]nit [Hh]ang|.*command timed? ?out)",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Reset();
}

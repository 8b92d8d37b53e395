using System.Text.RegularExpressions;
using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>A disk, or its controller, failed to read or write: SCSI, ATA, NVMe, and what the block layer made of it.</summary>
internal sealed partial class DiskErrorRule : FindingRule
{
    private const int MostDisks = 4;

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        var errors = context.Log.Lines.Select(line => (Line: line, Disk: DiskIn(line.Text)))
            .Where(error => error.Disk is not null).ToList();
        if (errors.Count == 0)
            yield break;
        var groups = errors.GroupBy(error => error.Disk!).OrderByDescending(group => group.Count())
            .Select(group => new LineGroup(group.Key, [.. group.Select(error => error.Line)])).ToList();
        var disks = groups.Count == 1
            ? $"The disk {groups[0].Key} or its controller"
            : $"Disks or their controllers ({string.Join(", ", groups.Take(MostDisks).Select(group => group.Key))})";
        // What was lost with a read-only file system, or a root that could not be read, is the crash itself.
        yield return new Finding(OopsKind.IoError, $"{disks} failed to read or write (I/O error)",
            Certainty.Possible, FindingRole.Circumstance, [.. groups.Take(MostDisks).SelectMany(group => group.Quote(context))],
            "Look at the disk's own log (smartctl -x, nvme smart-log), its cables and its controller's firmware. Programs, and "
                + "the kernel's own threads, wait long for a disk that fails.");
    }

    private static string? DiskIn(string text)
    {
        foreach (var form in Forms)
        {
            if (form().Match(text) is { Success: true } match)
                return match.Groups["disk"].Value;
        }
        return null;
    }

    private static readonly Func<Regex>[] Forms = [BlockLayer, Scsi, Ata, Nvme];

    // block/blk-core.c: "I/O error, dev sda, sector 1234 op 0x0:(READ) …", "critical medium error, dev nvme0n1, …".
    [GeneratedRegex(
        @"^(?:blk_update_request: )?(?:I/O|critical [a-z ]+|[a-z ]+) error, dev (?<disk>(?!fd\d|sr\d)[\w-]+), sector \d",
        RegexOptions.CultureInvariant)]
    private static partial Regex BlockLayer();

    // drivers/scsi: "sd 0:0:0:0: [sda] tag#3 Add. Sense: Unrecovered read error", "… FAILED Result: hostbyte=DID_TIME_OUT".
    [GeneratedRegex(
        @"^sd \d+:\d+:\d+:\d+: \[(?<disk>\w+)\] (?:tag#\d+ )?(?:.*Sense: (?:Unrecovered|Write error|Logical unit|Hardware"
            + @"|Internal)|(?:FAILED|UNKNOWN\(0x\d+\)) Result: hostbyte=DID_(?!OK)|Medium Error"
            + @"|Sense Key : (?:Medium|Hardware) Error)",
        RegexOptions.CultureInvariant)]
    private static partial Regex Scsi();

    // drivers/ata: "ata1.00: failed command: READ FPDMA QUEUED", "ata1: hard resetting link", "ata1.00: exception Emask 0x…".
    [GeneratedRegex(
        @"^(?<disk>ata\d+(?:\.\d+)?): (?:failed command|hard resetting link|exception Emask|disabled|SRST failed|COMRESET failed"
            + @"|softreset failed)",
        RegexOptions.CultureInvariant)]
    private static partial Regex Ata();

    // drivers/nvme: "nvme nvme0: I/O 12 QID 3 timeout, aborting", "… controller is down; will reset: CSTS=0xffffffff",
    // "… Device not ready".
    [GeneratedRegex(
        @"^nvme (?<disk>nvme\d+): (?:I/O .*timeout|I/O tag .*timeout|controller is down; will reset|Device not ready"
            + @"|Removing after probe failure|resetting controller|Abort status|Disabling device after reset failure)",
        RegexOptions.CultureInvariant)]
    private static partial Regex Nvme();
}

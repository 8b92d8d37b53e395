namespace Panicle.Kdump.Targets;

/// <summary>
/// Block devices that the kernel makes out of others, as long as somebody tells it to: the capture kernel has nobody who would.
/// </summary>
internal static class StackedDevice
{
    /// <summary>What to do instead.</summary>
    public const string Instead =
        "set target to a plain partition (/dev/sda3:/crash or, without a file system, raw:/dev/sda3) "
            + "or to a server (nfs://, ssh://, ftp://, http://)";

    private static readonly (string Prefix, string What)[] Mapped =
    [
        ("LVM-", "a logical volume (LVM)"),
        ("CRYPT-", "encrypted (LUKS or dm-crypt)"),
        ("mpath-", "a multipath device"),
        ("DMRAID-", "a RAID of the firmware's (dmraid)"),
    ];

    private static readonly (string Prefix, string What)[] Others =
    [
        ("dm-", "made by the device mapper"),
        ("md", "a software RAID (md)"),
        ("loop", "a file that stands for a disk (loop)"),
        ("bcache", "a cached device (bcache)"),
        ("zram", "memory (zram)"),
        ("nbd", "a disk over the network (nbd)"),
    ];

    /// <summary>Makes sure that a device is none.</summary>
    /// <exception cref="TargetException">It is one; the message says of what kind, and what to do instead.</exception>
    public static void Refuse(SystemRoot root, string node)
    {
        var name = Path.GetFileName(node);
        var uuid = root.ReadLine($"/sys/class/block/{name}/dm/uuid");
        var what = Array.Find(Mapped, kind => uuid.StartsWith(kind.Prefix, StringComparison.Ordinal)).What
            ?? Array.Find(Others, kind => name.StartsWith(kind.Prefix, StringComparison.Ordinal)).What;
        if (what is null)
            return;
        var label = root.ReadLine($"/sys/class/block/{name}/dm/name");
        throw new TargetException(
            $"{node}{(label.Length > 0 ? $" ({label})" : "")} is {what}, "
                + $"which Panicle can't set up in the capture kernel: {Instead}");
    }
}

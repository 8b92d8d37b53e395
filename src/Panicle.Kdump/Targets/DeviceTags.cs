using System.Globalization;
using System.Text;

namespace Panicle.Kdump.Targets;

/// <summary>
/// What a device is known by besides its node: <c>UUID=…</c> and <c>LABEL=…</c> of its file system, <c>PARTUUID=…</c> and
/// <c>PARTLABEL=…</c> of a partition, and for disks that have none of these what the hardware says of itself:
/// <c>WWID=…</c>, <c>SERIAL=…</c>, <c>SLOT=…</c>, with <c>-partN</c> behind it for a partition. The last three are found in
/// /sys alone, so that they hold in a capture kernel, which has no udev and may give disks other names.
/// </summary>
internal static class DeviceTags
{
    /// <summary>All of them, as people read them.</summary>
    public const string Shown = "UUID=…, LABEL=…, PARTUUID=…, PARTLABEL=…, WWID=…, SERIAL=… or SLOT=…";

    private const string Class = "/sys/class/block";
    private const string Part = "-part";

    private static readonly string[] OfFileSystem = ["UUID", "LABEL"];
    private static readonly string[] OfPartition = ["PARTUUID", "PARTLABEL"];

    // Each by the files below a disk's directory that may say it; binary ones carry four bytes in front (SPC, page 80h).
    private static readonly (string Tag, string[] Files)[] OfHardware =
    [
        ("WWID", ["wwid", "device/wwid"]),
        ("SERIAL", ["serial", "device/serial", "device/vpd_pg80", "device/cid"]),
    ];

    /// <summary>Whether a device is given by one of them.</summary>
    public static bool IsTagged(string device) =>
        device.IndexOf('=', StringComparison.Ordinal) is > 0 and var sign && sign + 1 < device.Length
            && (OfFileSystem.Contains(device[..sign]) || OfPartition.Contains(device[..sign]) || IsOfHardware(device[..sign]));

    /// <summary>The names of the devices that a tag means; more than one if it doesn't tell them apart.</summary>
    public static IReadOnlyList<string> Find(SystemRoot root, string device)
    {
        var sign = device.IndexOf('=', StringComparison.Ordinal);
        var (tag, value) = (device[..sign], device[(sign + 1)..].Trim('"'));
        if (IsOfHardware(tag))
            return FindHardware(root, tag, value);
        // udev's links answer without reading every disk; in a capture kernel there are none.
        var link = $"/dev/disk/by-{tag.ToLowerInvariant()}/{Escape(value)}";
        if (root.HasFile(link) && Path.GetFileName(root.Resolve(link)) is var linked && root.HasDirectory($"{Class}/{linked}"))
            return [linked];
        return [.. BlockDevices.Names(root).Where(name => OfPartition.Contains(tag)
            ? IsPartition(root, name, tag, value)
            : FileSystemProbe.Read(root.PathOf($"/dev/{name}")) is { } found
                && value.Equals(tag == "UUID" ? found.Uuid : found.Label, tag == "UUID"
                    ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal))];
    }

    /// <summary>
    /// What tells a device from all others that are there, and can be found in a capture kernel; null for nothing.
    /// </summary>
    public static string? Lasting(SystemRoot root, string node)
    {
        var name = Path.GetFileName(node);
        var number = root.ReadLine($"{Class}/{name}/partition");
        var disk = number.Length > 0 ? Path.GetFileName(Path.GetDirectoryName(root.Resolve($"{Class}/{name}")))! : name;
        var suffix = number.Length > 0 ? $"{Part}{number}" : "";
        return OfHardware.SelectMany(kind => kind.Files.Select(file => (kind.Tag, Value: Read(root, $"{Class}/{disk}/{file}"))))
            .Append(("SLOT", SlotOf(root, disk)))
            .Where(found => found.Item2.Length > 0)
            .Select(found => $"{found.Item1}={Uri.EscapeDataString(found.Item2)}{suffix}")
            .FirstOrDefault(tag => Find(root, tag) is [var only] && only == name);
    }

    private static bool IsOfHardware(string tag) => tag == "SLOT" || OfHardware.Any(kind => kind.Tag == tag);

    private static List<string> FindHardware(SystemRoot root, string tag, string value)
    {
        var part = value.LastIndexOf(Part, StringComparison.Ordinal);
        var number = part > 0 && value[(part + Part.Length)..] is { Length: > 0 } digits && digits.All(char.IsAsciiDigit)
            ? digits
            : "";
        var wanted = Uri.UnescapeDataString(number.Length > 0 ? value[..part] : value);
        var files = Array.Find(OfHardware, kind => kind.Tag == tag).Files;
        var disks = BlockDevices.Names(root).Where(name => root.ReadLine($"{Class}/{name}/partition").Length == 0
            && (files?.Any(file => Read(root, $"{Class}/{name}/{file}") == wanted) ?? SlotOf(root, name) == wanted));
        return number.Length == 0 ? [.. disks]
            : [.. disks.SelectMany(disk => root.DirectoriesIn($"{Class}/{disk}").Select(path => Path.GetFileName(path)!)
                .Where(name => root.ReadLine($"{Class}/{disk}/{name}/partition") == number))];
    }

    // The kernel tells them since 6.10; before, udev's link is all there is.
    private static bool IsPartition(SystemRoot root, string name, string tag, string value)
    {
        var key = tag == "PARTUUID" ? "PARTUUID=" : "PARTNAME=";
        var comparison = tag == "PARTUUID" ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        return root.ReadLines($"{Class}/{name}/uevent").Any(line => line.Equals($"{key}{value}", comparison));
    }

    // Where a disk is plugged in: the function of the PCI bus (or the node of the device tree), and below it what numbers the
    // hardware gives; not those that the kernel counts up (host0, virtio3).
    private static string SlotOf(SystemRoot root, string disk)
    {
        const string Devices = "/sys/devices/";
        var path = root.Resolve($"{Class}/{disk}");
        var block = path.IndexOf("/block/", StringComparison.Ordinal);
        if (block < 0 || !path.StartsWith(Devices, StringComparison.Ordinal)
            || path.StartsWith($"{Devices}virtual/", StringComparison.Ordinal))
            return "";
        var parts = path[Devices.Length..block].Split('/').Select(part => part switch
        {
            _ when part.StartsWith("virtio", StringComparison.Ordinal) || part.StartsWith("host", StringComparison.Ordinal)
                || part is "nvme" || part.StartsWith("target", StringComparison.Ordinal) => "",
            // HOST:CHANNEL:TARGET:LUN
            _ when part.Split(':') is [var host, var channel, var target, var unit] && host.All(char.IsAsciiDigit)
                && !part.Contains('.', StringComparison.Ordinal) => $"{channel}:{target}:{unit}",
            _ => part,
        });
        return string.Join('/', parts.Where(part => part.Length > 0));
    }

    private static string Read(SystemRoot root, string path)
    {
        var text = root.TryRead(path) ?? "";
        if (path.EndsWith("vpd_pg80", StringComparison.Ordinal))
            text = text.Length > 4 ? text[4..] : "";
        text = text.Trim(' ', '\n', '\t', '\0');
        return text.Any(char.IsControl) || text.Contains('\uFFFD', StringComparison.Ordinal)
            || text.Trim('0', '.', '-').Length == 0
            ? ""
            : text;
    }

    // As udev writes what mustn't stand in a link's name.
    private static string Escape(string value)
    {
        var escaped = new StringBuilder();
        foreach (var letter in value)
            escaped.Append(char.IsAsciiLetterOrDigit(letter) || letter > 127
                || "#+-.:=@_".Contains(letter, StringComparison.Ordinal)
                ? letter
                : string.Create(CultureInfo.InvariantCulture, $"\\x{(int)letter:x2}"));
        return escaped.ToString();
    }
}

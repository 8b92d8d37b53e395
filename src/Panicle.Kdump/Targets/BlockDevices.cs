namespace Panicle.Kdump.Targets;

/// <summary>The block devices of a system, as /sys shows them.</summary>
internal static class BlockDevices
{
    private const string Class = "/sys/class/block";

    /// <summary>Their names, partitions included: <c>vda</c>, <c>vda1</c>.</summary>
    public static IReadOnlyList<string> Names(SystemRoot root) =>
        [.. root.DirectoriesIn(Class).Select(path => Path.GetFileName(path)!)];

    /// <summary>
    /// The device node (<c>/dev/vda1</c>) for a node, a link to one, or a tag (<see cref="DeviceTags"/>); null if there is none,
    /// or if several answer to the tag.
    /// </summary>
    public static string? Find(SystemRoot root, string device)
    {
        if (device.StartsWith('/'))
        {
            var node = root.Resolve(device); // /dev/disk/by-uuid/… and /dev/mapper/… are links.
            return root.HasFile(node) || root.HasDirectory($"{Class}/{Path.GetFileName(node)}") ? node : null;
        }
        return DeviceTags.Find(root, device) is [var only] ? $"/dev/{only}" : null;
    }

    /// <summary>Why <see cref="Find"/> finds none.</summary>
    public static string WhyNot(SystemRoot root, string device) =>
        !device.StartsWith('/') && DeviceTags.Find(root, device) is { Count: > 1 } several
            ? $"{device} is several devices: {string.Join(", ", several)}"
            : $"there is no device {device}";

    /// <summary>The device node with these numbers, as <c>/proc/self/mountinfo</c> gives them (<c>254:1</c>), or null.</summary>
    public static string? WithNumbers(SystemRoot root, string numbers)
    {
        var name = Names(root).FirstOrDefault(name => root.ReadLine($"{Class}/{name}/dev") == numbers);
        return name is null ? null : $"/dev/{name}";
    }

    /// <summary>A device's size in bytes, or null.</summary>
    public static ulong? SizeOf(SystemRoot root, string node) =>
        root.ReadNumber($"{Class}/{Path.GetFileName(node)}/size") is >= 0 and var sectors ? (ulong)sectors * 512 : null;

    /// <summary>Whether the kernel takes no writing to a device, or to the disk that it is a partition of.</summary>
    public static bool IsReadOnly(SystemRoot root, string node)
    {
        var path = $"{Class}/{Path.GetFileName(node)}";
        return root.ReadLine($"{path}/ro") == "1" || (root.HasFile($"{path}/partition")
            && root.ReadLine($"{Path.GetDirectoryName(root.Resolve(path))}/ro") == "1");
    }
}

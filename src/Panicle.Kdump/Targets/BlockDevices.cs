namespace Panicle.Kdump.Targets;

/// <summary>The block devices of a system, as /sys shows them.</summary>
internal static class BlockDevices
{
    private const string Class = "/sys/class/block";

    /// <summary>Their names, partitions included: <c>vda</c>, <c>vda1</c>.</summary>
    public static IReadOnlyList<string> Names(SystemRoot root) =>
        [.. root.DirectoriesIn(Class).Select(path => Path.GetFileName(path)!)];

    /// <summary>The device node (<c>/dev/vda1</c>) for a node, <c>UUID=…</c> or <c>LABEL=…</c>; null if there is none.</summary>
    public static string? Find(SystemRoot root, string device)
    {
        if (device.StartsWith('/'))
            return File.Exists(root.PathOf(device)) ? NodeOf(root.PathOf(device)) : null;
        var sign = device.IndexOf('=', StringComparison.Ordinal);
        var (tag, value) = (device[..sign], device[(sign + 1)..].Trim('"'));
        foreach (var name in Names(root))
        {
            var node = $"/dev/{name}";
            if (FileSystemProbe.Read(root.PathOf(node)) is { } found
                && value.Equals(tag == "UUID" ? found.Uuid : found.Label, StringComparison.OrdinalIgnoreCase))
                return node;
        }
        return null;
    }

    /// <summary>The device node with these numbers, as <c>/proc/self/mountinfo</c> gives them (<c>254:1</c>), or null.</summary>
    public static string? WithNumbers(SystemRoot root, string numbers)
    {
        var name = Names(root).FirstOrDefault(name => root.ReadLine($"{Class}/{name}/dev") == numbers);
        return name is null ? null : $"/dev/{name}";
    }

    /// <summary>A device's size in bytes, or null.</summary>
    public static ulong? SizeOf(SystemRoot root, string node) =>
        root.ReadNumber($"{Class}/{Path.GetFileName(node)}/size") is { } sectors ? (ulong)sectors * 512 : null;

    // /dev/disk/by-uuid/… and /dev/mapper/… are links to the node itself.
    private static string NodeOf(string path) => new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path;
}

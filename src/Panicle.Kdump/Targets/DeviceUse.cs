namespace Panicle.Kdump.Targets;

/// <summary>What a running system does with a block device: a raw dump would be written into the midst of it.</summary>
internal static class DeviceUse
{
    private const string Class = "/sys/class/block";

    /// <summary>What it is in use as, as a noun; null if nothing tells of any.</summary>
    public static string? Find(SystemRoot root, string node)
    {
        var name = Path.GetFileName(node);
        // Filename, Type, Size, Used, Priority.
        if (root.ReadLines("/proc/swaps").Skip(1).Any(line =>
            MountPoint.Unescape(line.Split((char[])[' ', '\t'])[0]) is ['/', ..] swap && root.Resolve(swap) == node))
            return "as swap";
        if (MountPoint.OfDevice(root, node) is { } mount)
            return $"as the file system on {mount.Path}";
        if (root.DirectoriesIn($"{Class}/{name}/holders").Concat(root.FilesIn($"{Class}/{name}/holders")).FirstOrDefault()
            is { } holder)
            return $"by {Path.GetFileName(holder)}, which is made of it";
        return root.DirectoriesIn($"{Class}/{name}").FirstOrDefault(part => root.HasFile($"{part}/partition")) is { } partition
            ? $"as the disk of {Path.GetFileName(partition)}"
            : null;
    }
}

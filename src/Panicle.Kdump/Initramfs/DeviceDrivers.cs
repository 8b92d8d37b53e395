namespace Panicle.Kdump.Initramfs;

/// <summary>
/// The modules that drive a device and every device between it and the processor (a disk, its controller, the bus), found where
/// the running kernel shows them: <c>driver/module</c> and <c>modalias</c> of each.
/// </summary>
internal static class DeviceDrivers
{
    private const string Devices = "/sys/devices";

    /// <summary>The modules for a block device or a network interface: its directory under <c>/sys/class</c>.</summary>
    public static IReadOnlyList<string> Of(SystemRoot root, ModuleTree modules, string classPath)
    {
        var found = new List<string>();
        var link = root.PathOf(classPath);
        if (Resolve(link) is not { } directory)
            return [];
        var top = Resolve(root.PathOf(Devices)) ?? root.PathOf(Devices);
        for (; directory.Length > top.Length
            && directory.StartsWith(top, StringComparison.Ordinal); directory = Path.GetDirectoryName(directory)!)
            AddDriver(modules, directory, found);
        // A RAID, an encrypted or a logical volume: what it is made of.
        foreach (var part in root.DirectoriesIn($"{classPath}/slaves"))
            found.AddRange(Of(root, modules, $"/sys/class/block/{Path.GetFileName(part)}"));
        found.Reverse();
        return [.. found.Distinct()];
    }

    private static void AddDriver(ModuleTree modules, string device, List<string> found)
    {
        var module = Path.Combine(device, "driver", "module");
        if (Resolve(module) is { } target)
            found.Add(Path.GetFileName(target));
        else if (Directory.Exists(Path.Combine(device, "driver")) && ReadAlias(device) is { } alias
            && modules.Answering(alias) is [var only])
            found.Add(only); // Bound to a driver that is no module here, and may be one in the capture kernel.
        if (Path.GetFileName(device).StartsWith("virtio", StringComparison.Ordinal))
            found.Add("virtio_pci"); // What gives such devices their bus is no driver of theirs.
    }

    private static string? ReadAlias(string device)
    {
        try
        {
            return File.ReadAllText(Path.Combine(device, "modalias")).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // A link anywhere in the path counts, not only in its last part.
    private static string? Resolve(string path)
    {
        if (!Directory.Exists(path))
            return null;
        var resolved = "/";
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var next = Path.Combine(resolved, part);
            resolved = new DirectoryInfo(next).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? next;
        }
        return Path.TrimEndingDirectorySeparator(resolved);
    }
}

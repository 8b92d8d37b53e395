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
        if (!root.HasDirectory(classPath))
            return [];
        for (var directory = root.Resolve(classPath); directory.StartsWith($"{Devices}/", StringComparison.Ordinal);
            directory = Path.GetDirectoryName(directory)!)
            AddDriver(root, modules, directory, found);
        // A RAID, an encrypted or a logical volume: what it is made of.
        foreach (var part in root.DirectoriesIn($"{classPath}/slaves"))
            found.AddRange(Of(root, modules, $"/sys/class/block/{Path.GetFileName(part)}"));
        found.Reverse();
        return [.. found.Distinct()];
    }

    private static void AddDriver(SystemRoot root, ModuleTree modules, string device, List<string> found)
    {
        var module = $"{device}/driver/module";
        if (root.HasDirectory(module))
            found.Add(Path.GetFileName(root.Resolve(module)));
        else if (root.HasDirectory($"{device}/driver") && root.ReadLine($"{device}/modalias") is { Length: > 0 } alias
            && modules.Answering(alias) is [var only])
            found.Add(only); // Bound to a driver that is no module here, and may be one in the capture kernel.
        if (Path.GetFileName(device).StartsWith("virtio", StringComparison.Ordinal))
            found.Add("virtio_pci"); // What gives such devices their bus is no driver of theirs.
    }
}

namespace Panicle.Kdump.Targets;

/// <summary>
/// A local target in terms that hold in the capture kernel: the file system by its UUID, the directory inside it.
/// </summary>
/// <param name="Device">The device node on the running system.</param>
/// <param name="FileSystem">The file system's type.</param>
/// <param name="Address">The target, by UUID where the file system has one.</param>
internal sealed record LocalTarget(string Device, string FileSystem, TargetAddress Address)
{
    private static readonly string[] WithoutDevice =
    [
        "overlay", "tmpfs", "ramfs", "rootfs", "nfs", "nfs4", "cifs", "9p", "virtiofs", "zfs", "fuse",
    ];

    /// <summary>Finds the file system that a directory of this machine lies on, and what it takes to mount it.</summary>
    /// <exception cref="TargetException">The place can't be reached from a capture kernel.</exception>
    public static LocalTarget Resolve(SystemRoot root, TargetAddress target) =>
        target.Device is null ? OfMounted(root, target) : OfDevice(root, target);

    private static LocalTarget OfMounted(SystemRoot root, TargetAddress target)
    {
        var path = Real(root, target.Path);
        var mount = MountPoint.Of(root, path) ?? throw new TargetException($"nothing is known of what {path} lies on");
        if (WithoutDevice.Contains(mount.Type))
            throw new TargetException(
                $"{path} lies on {mount.Type}, which has no device that the capture kernel could mount: {Advice(mount)}");
        var device = BlockDevices.WithNumbers(root, mount.Numbers)
            ?? (mount.Source.StartsWith("/dev/", StringComparison.Ordinal) ? BlockDevices.Find(root, mount.Source) : null)
            ?? throw new TargetException($"the device of {mount.Path} ({mount.Source}, {mount.Numbers}) isn't there");
        StackedDevice.Refuse(root, device);
        return new LocalTarget(device, mount.Type, Lasting(root, device, target, mount.Inside(path)));
    }

    private static LocalTarget OfDevice(SystemRoot root, TargetAddress target)
    {
        var device = BlockDevices.Find(root, target.Device!) ?? throw new TargetException($"there is no device {target.Device}");
        StackedDevice.Refuse(root, device);
        var probe = FileSystemProbe.Read(root.PathOf(device))
            ?? throw new TargetException($"{device} has no file system that Panicle knows (ext2, ext3, ext4, xfs, btrfs)");
        return new LocalTarget(device, probe.Type, Lasting(root, device, target, target.Path));
    }

    private static string Advice(MountPoint mount) =>
        mount.Type is "nfs" or "nfs4"
            ? $"give it as nfs://{mount.Source.Replace(":/", "/", StringComparison.Ordinal)}"
            : StackedDevice.Instead;

    // Device names change from kernel to kernel; UUIDs don't.
    private static TargetAddress Lasting(SystemRoot root, string device, TargetAddress target, string path)
    {
        var uuid = FileSystemProbe.Read(root.PathOf(device))?.Uuid;
        return target with { Device = uuid is null ? device : $"UUID={uuid}", Path = path };
    }

    private static string Real(SystemRoot root, string path)
    {
        if (!root.IsLive || !Directory.Exists(path))
            return path;
        var info = new DirectoryInfo(path);
        return info.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path;
    }
}

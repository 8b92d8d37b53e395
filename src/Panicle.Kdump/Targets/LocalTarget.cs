namespace Panicle.Kdump.Targets;

/// <summary>
/// A local target in terms that hold in the capture kernel: the file system by its UUID, the directory inside it.
/// </summary>
/// <param name="Device">The device node on the running system.</param>
/// <param name="FileSystem">The file system's type.</param>
/// <param name="Address">The target, by UUID where the file system has one.</param>
internal sealed record LocalTarget(string Device, string FileSystem, TargetAddress Address)
{
    private const string Btrfs = "btrfs";
    private const string TopLevel = "subvolid=5"; // BTRFS_FS_TREE_OBJECTID: what all subvolumes are in

    private static readonly string[] Nfs = ["nfs", "nfs4"];
    private static readonly string[] WithDevice = ["ext2", "ext3", "ext4", "xfs", Btrfs];
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
        var path = root.Resolve(target.Path);
        var shown = path == target.Path ? path : $"{target.Path}, which is {path},";
        var mount = MountPoint.Of(root, path) ?? throw new TargetException($"nothing is known of what {shown} lies on");
        if (WithoutDevice.Contains(mount.Type))
            throw new TargetException(
                $"{shown} lies on {mount.Type}, which has no device that the capture kernel could mount: {Advice(mount, path)}");
        if (!WithDevice.Contains(mount.Type))
            throw new TargetException(
                $"{shown} lies on {mount.Type}, which Panicle doesn't mount in the capture kernel "
                    + $"(it knows {FileSystemProbe.Known}): {StackedDevice.Instead}");
        var device = BlockDevices.WithNumbers(root, mount.Numbers)
            ?? (mount.Source.StartsWith("/dev/", StringComparison.Ordinal) ? BlockDevices.Find(root, mount.Source) : null)
            ?? throw new TargetException($"the device of {mount.Path} ({mount.Source}, {mount.Numbers}) isn't there");
        // What is mounted may be any subvolume, and the capture kernel's mount would be of the default one.
        var subvolume = mount.Type == Btrfs ? TopLevel : null;
        return new LocalTarget(device, mount.Type,
            Lasting(root, device, target with { Path = mount.Inside(path), Subvolume = subvolume }));
    }

    private static LocalTarget OfDevice(SystemRoot root, TargetAddress target)
    {
        var device = BlockDevices.Find(root, target.Device!)
            ?? throw new TargetException(BlockDevices.WhyNot(root, target.Device!));
        StackedDevice.Refuse(root, device);
        var probe = FileSystemProbe.Read(root.PathOf(device))
            ?? throw new TargetException($"{device} has no file system that Panicle knows ({FileSystemProbe.Known})");
        if (target.Subvolume is not null && probe.Type != Btrfs)
            throw new TargetException($"{device} has {probe.Type} on it, which has no subvolumes: leave {target.Subvolume} out");
        return new LocalTarget(device, probe.Type, Lasting(root, device, target));
    }

    private static string Advice(MountPoint mount, string path) =>
        Nfs.Contains(mount.Type) && mount.Source.LastIndexOf(":/", StringComparison.Ordinal) is > 0 and var colon
            ? $"give it as nfs://{Bracketed(mount.Source[..colon])}{mount.Source[(colon + 1)..].TrimEnd('/')}{Below(mount, path)}"
            : StackedDevice.Instead;

    private static string Bracketed(string host) =>
        host.Count(letter => letter == ':') > 1 && !host.StartsWith('[') ? $"[{host}]" : host;

    private static string Below(MountPoint mount, string path) => mount.Path == "/" ? path : path[mount.Path.Length..];

    // Device names change from kernel to kernel; UUIDs don't.
    private static TargetAddress Lasting(SystemRoot root, string device, TargetAddress target)
    {
        StackedDevice.Refuse(root, device);
        var probe = FileSystemProbe.Read(root.PathOf(device));
        if (probe?.Needs is { } needs)
            throw new TargetException(
                $"the file system on {device} needs {needs}, which Panicle can't set up in the capture kernel: "
                    + StackedDevice.Instead);
        var uuid = probe?.Uuid ?? LinkedUuid(root, device);
        return target with { Device = uuid is null ? DeviceTags.Lasting(root, device) ?? device : $"UUID={uuid}" };
    }

    // For whoever may not read the device.
    private static string? LinkedUuid(SystemRoot root, string device) =>
        root.FilesIn("/dev/disk/by-uuid").FirstOrDefault(link => root.Resolve(link) == device) is { } found
            ? Path.GetFileName(found)
            : null;
}

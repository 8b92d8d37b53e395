namespace Panicle.Kdump.Targets;

/// <summary>A raw target in terms that hold in the capture kernel.</summary>
/// <param name="Device">The device node on the running system.</param>
/// <param name="Address">The target, by what the hardware says of itself.</param>
internal sealed record RawTarget(string Device, TargetAddress Address)
{
    /// <summary>Finds the device, and makes sure that it is one that a dump may be written over.</summary>
    /// <exception cref="TargetException">It isn't, or the capture kernel couldn't tell it from others.</exception>
    public static RawTarget Resolve(SystemRoot root, TargetAddress target)
    {
        var device = BlockDevices.Find(root, target.Device!)
            ?? throw new TargetException(BlockDevices.WhyNot(root, target.Device!));
        StackedDevice.Refuse(root, device);
        if (DeviceContent.Find(root.PathOf(device)) is { } content)
            throw new TargetException($"{device} has {content} on it, which a raw dump would destroy: "
                + (FileSystemProbe.Read(root.PathOf(device)) is null ? "give another device" : $"give it as {device}:/directory")
                + ", or clear it with wipefs");
        if (DeviceUse.Find(root, device) is { } use)
            throw new TargetException($"{device} is in use {use}, which a raw dump would destroy: give another device");
        var lasting = DeviceTags.Lasting(root, device)
            ?? throw new TargetException(
                $"{device} says nothing of itself by which the capture kernel could tell it from other disks (no WWID, no serial "
                    + "number, no slot of its own), and its name may be another's there: make a file system on it and give "
                    + $"{device}:/directory");
        return new RawTarget(device, target with { Device = lasting });
    }
}

using Panicle.Kdump.Targets;

namespace Panicle.Kdump.Readiness;

/// <summary>The targets: reachable from a capture kernel, writable, and with room for a dump of this machine.</summary>
internal sealed class TargetCheck : Check
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public override IEnumerable<CheckResult> Run(CheckContext context)
    {
        yield return Try(context, "target", context.Configuration.Target);
        if (context.Configuration.Fallback is { } fallback)
            yield return Try(context, "fallback", fallback);
    }

    private static CheckResult Try(CheckContext context, string name, TargetAddress target)
    {
        try
        {
            return target.IsRemote ? Remote(name, target) : target.Kind == TargetKind.Raw ? Raw(context, name, target)
                : Local(context, name, target);
        }
        catch (Exception e) when (e is TargetException or IOException or UnauthorizedAccessException)
        {
            return new CheckResult(name, CheckState.Bad, $"{target.Shown}: {e.Message}", "the dump would have nowhere to go",
                "set target in /etc/panicle.conf");
        }
    }

    private static CheckResult Remote(string name, TargetAddress target)
    {
        using var connection = Connection.Open(target.Host!, target.Port, Patience);
        return new CheckResult(name, CheckState.Unknown, $"{target.Shown} answers",
            "whether it lets the capture kernel in and takes files was not tried", "panicle kdump test shows it");
    }

    private static CheckResult Raw(CheckContext context, string name, TargetAddress target)
    {
        var device = BlockDevices.Find(context.Root, target.Device!)
            ?? throw new TargetException(BlockDevices.WhyNot(context.Root, target.Device!));
        StackedDevice.Refuse(context.Root, device);
        if (DeviceContent.Find(context.Root.PathOf(device)) is { } content)
            throw new TargetException($"there is {content} on it, which Panicle doesn't overwrite");
        return Room(context, name, target, BlockDevices.SizeOf(context.Root, device) ?? 0);
    }

    private static CheckResult Local(CheckContext context, string name, TargetAddress target)
    {
        var local = LocalTarget.Resolve(context.Root, target);
        if (!context.Root.IsLive || target.Device is not null)
            return new CheckResult(name, CheckState.Good, $"{target.Shown} is {local.FileSystem} on {local.Device}");
        var path = target.Path;
        while (!Directory.Exists(path))
            path = Path.GetDirectoryName(path)!;
        var mount = MountPoint.Of(context.Root, path);
        return Room(context, name, target, (ulong)new DriveInfo(mount?.Path ?? path).AvailableFreeSpace);
    }

    private static CheckResult Room(CheckContext context, string name, TargetAddress target, ulong free)
    {
        var size = DumpSizeEstimate.Of(context.Root, context.Machine, context.Configuration.Number("level") ?? 31);
        var found = $"{target.Shown}, {free >> 20} MB free; a dump now is estimated at up to {size >> 20} MB";
        return free >= size
            ? new CheckResult(name, CheckState.Good, found)
            : new CheckResult(
                name, CheckState.Bad, found, "the dump would be cut off", "make room, set keep or keep-free, or raise level");
    }
}

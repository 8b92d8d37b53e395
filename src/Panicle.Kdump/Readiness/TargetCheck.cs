using Panicle.Kdump.Network;
using Panicle.Kdump.Ssh;
using Panicle.Kdump.Targets;

namespace Panicle.Kdump.Readiness;

/// <summary>The targets: reachable from a capture kernel, writable, and with room for a dump of this machine.</summary>
internal sealed class TargetCheck : Check
{
    private const string Nowhere = "the dump would have nowhere to go";
    private const string Remedy = "set target in /etc/panicle.conf";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public override string Name => "target";

    public override IEnumerable<CheckResult> Run(CheckContext context)
    {
        var target = Look(context, "target", context.Configuration.Target).ToList();
        if (context.Configuration.Fallback is not { } address)
            return target;
        var fallback = Look(context, "fallback", address).ToList();
        // One of the two is enough, unless the initramfs isn't even built.
        var isBuilt = context.Configuration.Problem(context.Root, context.Configuration.Target) is null
            && context.Configuration.Problem(context.Root, address) is null;
        return [
            .. isBuilt && IsGood(fallback) ? Milder(target, "the dump would go to the fallback") : target,
            .. isBuilt && IsGood(target) ? Milder(fallback, "there would be nothing to fall back to") : fallback,
        ];
    }

    private static bool IsGood(IEnumerable<CheckResult> results) => results.All(result => result.State == CheckState.Good);

    private static IEnumerable<CheckResult> Milder(IEnumerable<CheckResult> results, string meaning) =>
        results.Select(result => result.State == CheckState.Bad
            ? result with { State = CheckState.Warning, Meaning = meaning } : result);

    // What the initramfs would refuse is refused here, too; only then is there something to be asked or measured.
    private static IEnumerable<CheckResult> Look(CheckContext context, string name, TargetAddress target)
    {
        var problem = context.Configuration.Problem(context.Root, target);
        if (problem is not null)
            yield return new CheckResult(name, CheckState.Bad, $"{target.Shown}: {problem}", Nowhere, Remedy);
        if (target.IsRemote && !context.Root.IsLive)
            yield return OfOther(context.Root, name, target);
        else if (problem is null)
            yield return Try(context, name, target);
    }

    private static CheckResult Try(CheckContext context, string name, TargetAddress target)
    {
        try
        {
            return target.IsRemote ? Remote(context, name, target) : target.Kind == TargetKind.Raw ? Raw(context, name, target)
                : Local(context, name, target);
        }
        catch (Exception e) when (e is TargetException or IOException or UnauthorizedAccessException)
        {
            return new CheckResult(name, CheckState.Bad, $"{target.Shown}: {e.Message}", Nowhere, Remedy);
        }
    }

    // This machine's network and name service are not that system's.
    private static CheckResult OfOther(SystemRoot root, string name, TargetAddress target)
    {
        var known = HostNames.InFile(root, target.Host!);
        var where = known.Count > 0 ? $" ({known[0]} by its {HostNames.Path})" : "";
        return new CheckResult(name, CheckState.Unknown, $"{target.Shown}{where}, not tried: it is another system's",
            "whether it answers there, and takes files, isn't known", "panicle kdump status there");
    }

    private static CheckResult Remote(CheckContext context, string name, TargetAddress target)
    {
        // As the initramfs will: what ssh's own configuration says of the name holds.
        var ssh = target.Kind == TargetKind.Ssh ? SshSettings.Of(context.Root, target) : null;
        var host = ssh?.HostName ?? target.Host!;
        using var connection = Connection.Open(host, target.Port == 22 && ssh is not null ? ssh.Port : target.Port, Patience);
        var addresses = HostNames.AddressesOf(context.Root, host);
        CaptureNetwork.To(
            context.Root, addresses.FirstOrDefault(address => Route.To(context.Root, address) is not null) ?? addresses[0],
            context.Configuration);
        return new CheckResult(name, CheckState.Unknown, $"{target.Shown} answers",
            "whether it lets the capture kernel in and takes files was not tried", "panicle kdump test shows it");
    }

    private static CheckResult Raw(CheckContext context, string name, TargetAddress target)
    {
        var device = RawTarget.Resolve(context.Root, target).Device;
        return DeviceContent.CanRead(context.Root.PathOf(device))
            ? Room(context, name, target.Shown, BlockDevices.SizeOf(context.Root, device))
            : new CheckResult(name, CheckState.Unknown, $"{target.Shown}: {device} can't be read",
                "whether there is something on it that a dump must not destroy isn't known", "panicle kdump status as root");
    }

    private static CheckResult Local(CheckContext context, string name, TargetAddress target)
    {
        var local = LocalTarget.Resolve(context.Root, target);
        var shown = $"{target.Shown} ({local.FileSystem} on {local.Device})";
        if (local.Address.Device!.StartsWith("/dev/", StringComparison.Ordinal))
            return new CheckResult(name, CheckState.Unknown, $"{shown}: it has no UUID, or none that could be read",
                $"in the capture kernel {local.Device} may be the name of another disk", "panicle kdump status as root");
        var mount = target.Device is null ? MountPoint.Of(context.Root, context.Root.Resolve(target.Path))
            : MountPoint.OfDevice(context.Root, local.Device);
        if (mount is { IsReadOnly: true })
            return new CheckResult(name, CheckState.Unknown, $"{shown} is mounted read-only",
                "whether the capture kernel could write to it isn't known", $"mount -o remount,rw {mount.Path}");
        // How much there is only the running kernel says, of what it has mounted.
        return context.Root.IsLive && mount is not null
            ? Room(context, name, target.Shown, (ulong)new DriveInfo(mount.Path).AvailableFreeSpace)
            : Room(context, name, shown, null);
    }

    private static CheckResult Room(CheckContext context, string name, string shown, ulong? room)
    {
        var estimate = DumpSizeEstimate.Of(context.Root, context.Machine, context.Configuration.Number("level") ?? 31);
        if (estimate is not { } size)
            return new CheckResult(name, CheckState.Unknown, $"{shown}; nothing tells how much memory the machine has",
                "how large a dump would be, and whether there is room for it, isn't known");
        if (room is not { } free)
            return new CheckResult(name, CheckState.Unknown,
                $"{shown}; how much room there is isn't known. A dump now is estimated at up to {size >> 20} MB",
                "whether it fits isn't known", "panicle kdump status where it is mounted");
        var found = $"{shown}, {free >> 20} MB free; a dump now is estimated at up to {size >> 20} MB";
        return free >= size
            ? new CheckResult(name, CheckState.Good, found)
            : new CheckResult(
                name, CheckState.Bad, found, "the dump would be cut off", "make room, set keep or keep-free, or raise level");
    }
}

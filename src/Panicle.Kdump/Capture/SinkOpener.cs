using System.Diagnostics;
using Panicle.Kdump.Configuration;
using Panicle.Kdump.Network;
using Panicle.Kdump.Ssh;
using Panicle.Kdump.Targets;

namespace Panicle.Kdump.Capture;

/// <summary>
/// Reaches a target from the capture kernel: waits for its device or sets up the network, and mounts or connects.
/// </summary>
internal sealed class SinkOpener(EffectiveConfiguration configuration, CaptureLog log)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly TimeSpan _timeout = TimeSpan.FromSeconds(configuration.Number("timeout") ?? 60);

    private readonly Dictionary<TargetAddress, CrashNames> _names = [];
    private readonly NetworkSetup _network = new(configuration, log);

    /// <exception cref="IOException">It can't be reached.</exception>
    public CrashSink Open(TargetAddress target, out CrashNames names)
    {
        if (target.IsRemote)
            _network.BringUp();
        // A further attempt writes over what the last one left.
        // Names may have the machine's address in them, so not before the network is up.
        var isAgain = _names.TryGetValue(target, out var known);
        names = _names[target] = known ?? CrashNames.For(configuration["layout"]);
        return target.Kind switch
        {
            TargetKind.Local => OpenLocal(target, names, isAgain),
            TargetKind.Raw => RawSink.Open(WaitFor(target.Device!), target.Shown),
            TargetKind.Nfs => OpenNfs(target, names, isAgain),
            TargetKind.Ssh => new SftpSink(target, names, SshProgram.Key, _timeout),
            TargetKind.Ftp => new FtpSink(target, names, _timeout),
            TargetKind.Http => new HttpSink(target, names, _timeout),
            _ => new CurlSink(target, names, _timeout),
        };
    }

    // nfs(5): without a mount helper the kernel wants the server's address among the options.
    // "soft": a server that is gone is an error.
    private MountedSink OpenNfs(TargetAddress target, CrashNames names, bool isAgain)
    {
        var export = $"{target.BracketedHost}:{target.Path}";
        var isV6 = target.Host!.Contains(':', StringComparison.Ordinal);
        var (protocol, any) = isV6 ? ("tcp6", "::") : ("tcp", "0.0.0.0");
        var deciseconds = Math.Max(1, (int)_timeout.TotalSeconds / 4) * 10;
        var common = $"soft,timeo={deciseconds},retrans=2,addr={target.Host},port={target.Port}";
        IOException? first = null;
        foreach (var (type, options) in new[] { ("nfs4", $"vers=4.1,clientaddr={any},{common}"),
            ("nfs4", $"vers=4.0,clientaddr={any},{common}"),
            ("nfs", $"vers=3,nolock,proto={protocol},mountproto={protocol},{common}") })
        {
            try
            {
                return MountedSink.Mount(export, type, options, "/", names, target.Shown, isAgain);
            }
            catch (IOException e)
            {
                first ??= e;
                log.Say(e.Message);
            }
        }
        throw first!;
    }

    private MountedSink OpenLocal(TargetAddress target, CrashNames names, bool isAgain)
    {
        var device = WaitFor(target.Device
            ?? throw new TargetException($"{target.Path}: no device was found for it when the initramfs was made"));
        var probe = FileSystemProbe.Read(device) ?? throw new IOException($"{device} has no file system that Panicle knows");
        return MountedSink.Mount(device, probe.Type, target.Subvolume, target.Path, names, target.Shown, isAgain);
    }

    private string WaitFor(string device)
    {
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            if (BlockDevices.Find(SystemRoot.Live, device) is { } node)
                return node;
            if (Stopwatch.GetElapsedTime(start) > _timeout)
                throw new IOException(
                    $"there is no device {device} after {_timeout.TotalSeconds:F0} s; there are: "
                        + string.Join(" ", BlockDevices.Names(SystemRoot.Live)));
            if (Stopwatch.GetElapsedTime(start) < Pause)
                log.Say($"waiting for {device}");
            Thread.Sleep(Pause);
        }
    }
}

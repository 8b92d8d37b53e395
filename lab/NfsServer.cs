using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Panicle.Lab;

/// <summary>
/// An NFS server in user space (nfs-ganesha, unpacked and not installed) on the loopback, as a machine's target:
/// version 4, one export.
/// </summary>
public sealed class NfsServer : IDisposable
{
    private readonly Process _process;
    private readonly string _home;
    private readonly List<string> _said = [];

    /// <summary>Starts the unpacked server in namespaces of its own, on a free port.</summary>
    public NfsServer()
    {
        var root = ToolRoot.Open(Suite.Bookworm);
        root.Add("nfs-ganesha", "nfs-ganesha-vfs");
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Port = ((IPEndPoint)probe.LocalEndpoint).Port;
        }
        _home = root.MakeDirectory("nfs");
        var inside = $"/tmp/{Path.GetFileName(_home)}";
        Directory = System.IO.Directory.CreateDirectory(Path.Combine(_home, "files")).FullName;
        File.WriteAllText(Path.Combine(_home, "config"), $$"""
            NFS_CORE_PARAM { NFS_Port = {{Port}}; Bind_addr = 127.0.0.1; Protocols = 4; Enable_NLM = false; Enable_RQUOTA = false; Enable_UDP = false; }
            NFSV4 { Graceless = true; RecoveryRoot = {{inside}}; Only_Numeric_Owners = true; }
            EXPORT { Export_Id = 1; Path = {{inside}}/files; Pseudo = {{Export}}; Protocols = 4; Transports = TCP; Access_Type = RW; Squash = No_Root_Squash; SecType = sys; FSAL { Name = VFS; } }
            """ + "\n");
        var start = new ProcessStartInfo("unshare",
        [
            "--mount", "/bin/sh", "-e", "-c",
            "mkdir -p \"$1/dev\" \"$1/run\" \"$1/var/lib/nfs/ganesha\" \"$1/etc\"; mount -t proc proc \"$1/proc\"; "
                + "mount --rbind /dev \"$1/dev\"; cp /proc/mounts \"$1/etc/mtab\"; exec chroot \"$@\"", "sh",
            root.Root, "/usr/bin/ganesha.nfsd", "-F", "-f", $"{inside}/config", "-L", "STDERR", "-p", $"{inside}/pid", "-N",
            "NIV_EVENT",
        ])
        {
            RedirectStandardError = true,
        };
        _process = Process.Start(start) ?? throw new LabException("cannot start ganesha.nfsd");
        _process.ErrorDataReceived += (_, line) =>
        {
            lock (_said)
                _said.Add(line.Data ?? "");
        };
        _process.BeginErrorReadLine();
        WaitUntilItListens();
    }

    /// <summary>The path that it exports.</summary>
    public const string Export = "/crashes";

    /// <summary>Its port on the loopback.</summary>
    public int Port { get; }

    /// <summary>Where the files come to lie.</summary>
    public string Directory { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        System.IO.Directory.Delete(_home, recursive: true);
    }

    private void WaitUntilItListens()
    {
        var deadline = DateTime.UtcNow.AddSeconds(20);
        while (DateTime.UtcNow < deadline && !_process.HasExited)
        {
            try
            {
                using var client = new TcpClient("127.0.0.1", Port);
                return;
            }
            catch (SocketException)
            {
                Thread.Sleep(100);
            }
        }
        lock (_said)
            throw new LabException($"ganesha.nfsd doesn't listen:\n{string.Join('\n', _said.TakeLast(30))}");
    }
}

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Panicle.Lab;

/// <summary>OpenSSH's server on the loopback, with SFTP and a key of its own, as a machine's target.</summary>
public sealed class SshServer : IDisposable
{
    private readonly Process _process;
    private readonly string _home;

    /// <summary>Starts it; the server is unpacked out of Debian's package, not installed.</summary>
    public SshServer()
    {
        var root = ToolRoot.Open(Suite.Bookworm);
        root.Add("openssh-server", "openssh-client", "openssh-sftp-server");
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Port = ((IPEndPoint)probe.LocalEndpoint).Port;
        }
        _home = root.MakeDirectory("ssh");
        var inside = $"/tmp/{Path.GetFileName(_home)}";
        Shell.Script("""
            cd "$1"
            ssh-keygen -q -t ed25519 -N '' -f host
            ssh-keygen -q -t ed25519 -N '' -f client
            cp client.pub authorized
            mkdir -p "$2/run/sshd" "$2/etc"
            grep -q '^sshd:' "$2/etc/passwd" 2>/dev/null || printf 'root:x:0:0:root:/root:/bin/sh\nsshd:x:100:65534::/run/sshd:/bin/false\n' >"$2/etc/passwd"
            [ -e "$2/dev/urandom" ] || mknod -m 666 "$2/dev/urandom" c 1 9
            """, _home, root.Root);
        File.WriteAllText(Path.Combine(_home, "config"), $"""
            Port {Port}
            ListenAddress 127.0.0.1
            HostKey {inside}/host
            AuthorizedKeysFile {inside}/authorized
            StrictModes no
            UsePAM no
            PidFile none
            PermitRootLogin yes
            Subsystem sftp internal-sftp
            """ + "\n");
        Directory = Path.Combine(_home, "files");
        System.IO.Directory.CreateDirectory(Directory);
        PathThere = $"{inside}/files";
        ClientKey = Path.Combine(_home, "client");
        KnownHosts = $"[10.0.2.2]:{Port} {string.Join(' ', File.ReadAllText(Path.Combine(_home, "host.pub")).Split(' ')[..2])}\n";
        Client = GuestProgram.Of(root, "/usr/bin/ssh");
        var start = new ProcessStartInfo(
            "chroot", [root.Root, "/usr/sbin/sshd", "-D", "-e", "-f", $"{inside}/config"])
        { RedirectStandardError = true };
        _process = Process.Start(start) ?? throw new LabException("cannot start sshd");
        _process.ErrorDataReceived += (_, line) => Log.Line($"sshd: {line.Data}");
        _process.BeginErrorReadLine();
    }

    /// <summary>Its port on the loopback.</summary>
    public int Port { get; }

    /// <summary>Where the files come to lie, as this machine sees it.</summary>
    public string Directory { get; }

    /// <summary>The same directory as clients name it.</summary>
    public string PathThere { get; }

    /// <summary>The private key that opens it.</summary>
    public string ClientKey { get; }

    /// <summary>The client of the same package with the libraries that it needs: path in a guest and path here.</summary>
    public IReadOnlyDictionary<string, string> Client { get; }

    /// <summary>The line of known_hosts for a guest.</summary>
    public string KnownHosts { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        System.IO.Directory.Delete(_home, recursive: true);
    }
}

using System.Net;
using System.Net.Sockets;

namespace Panicle.Lab;

/// <summary>Takes files by FTP into a directory, as a machine's target. One user, one password; no reading.</summary>
public sealed class FtpServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly string _directory;

    /// <summary>Listens on a free port of the loopback, in the background.</summary>
    public FtpServer(string directory)
    {
        _directory = directory;
        _listener.Start();
        _ = Task.Run(AcceptAll);
    }

    /// <summary>The only user who may write.</summary>
    public const string User = "kdump";

    /// <summary>The password of <see cref="User"/>.</summary>
    public const string Password = "s3cret";

    /// <summary>Its port on the loopback.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private async Task AcceptAll()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                _ = Task.Run(() => Serve(client));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The listener was closed.
        }
    }

    private void Serve(TcpClient client)
    {
        using (client)
        using (var reader = new StreamReader(client.GetStream()))
        using (var writer = new StreamWriter(client.GetStream()) { NewLine = "\r\n", AutoFlush = true })
        {
            writer.WriteLine("220-The lab's");
            writer.WriteLine("220 server");
            var (user, isIn, at, from) = ("", false, "/", "");
            TcpListener? data = null;
            while (reader.ReadLine() is { } line)
            {
                var (command, argument) = line.Split(' ', 2) is [var first, var rest] ? (first, rest) : (line, "");
                string Local(string name) => Path.Combine(_directory, Path.Combine(at, name).TrimStart('/'));
                if (!isIn && command is not "USER" and not "PASS")
                {
                    writer.WriteLine("530 log in first");
                    continue;
                }
                switch (command)
                {
                    case "USER":
                        user = argument;
                        writer.WriteLine("331 and the password?");
                        break;
                    case "PASS":
                        isIn = user == User && argument == Password;
                        writer.WriteLine(isIn ? "230 welcome" : "530 no");
                        break;
                    case "MKD" when Directory.Exists(Local(argument)):
                        writer.WriteLine("550 it is there");
                        break;
                    case "MKD":
                        Directory.CreateDirectory(Local(argument));
                        writer.WriteLine("257 made");
                        break;
                    case "CWD":
                        at = Path.Combine(at, argument);
                        writer.WriteLine(Directory.Exists(Local("")) ? "250 there" : "550 no such directory");
                        break;
                    case "CDUP":
                        at = Path.GetDirectoryName(at) ?? "/";
                        writer.WriteLine("250 there");
                        break;
                    case "EPSV":
                        data = new TcpListener(IPAddress.Loopback, 0);
                        data.Start();
                        writer.WriteLine($"229 come (|||{((IPEndPoint)data.LocalEndpoint).Port}|)");
                        break;
                    case "STOR" when data is not null:
                        using (var connection = data.AcceptTcpClient())
                        using (var file = File.Create(Local(argument)))
                        {
                            writer.WriteLine("150 go on");
                            connection.GetStream().CopyTo(file);
                        }
                        data.Dispose();
                        writer.WriteLine("226 taken");
                        break;
                    case "RNFR":
                        from = Local(argument);
                        writer.WriteLine(File.Exists(from) ? "350 to what?" : "550 no such file");
                        break;
                    case "RNTO":
                        File.Move(from, Local(argument), overwrite: true);
                        writer.WriteLine("250 renamed");
                        break;
                    case "TYPE":
                        writer.WriteLine("200 fine");
                        break;
                    default:
                        writer.WriteLine("502 not here");
                        break;
                }
            }
        }
    }
}

using System.Net;
using System.Net.Sockets;

namespace Panicle.Kdump.Targets;

/// <summary>TCP connections on which nothing waits longer than it may.</summary>
internal static class Connection
{
    /// <exception cref="IOException">Nobody answered in this time, or refused.</exception>
    public static NetworkStream Open(string host, int port, TimeSpan timeout)
    {
        var address = HostNames.AddressOf(SystemRoot.Live, host);
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            using var limit = new CancellationTokenSource(timeout);
            socket.ConnectAsync(new IPEndPoint(address, port), limit.Token).AsTask().GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            socket.Dispose();
            throw new IOException($"{host}:{port} doesn't answer ({timeout.TotalSeconds:F0} s)");
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new IOException($"{host}:{port}: {e.Message}", e);
        }
        var milliseconds = (int)timeout.TotalMilliseconds;
        return new NetworkStream(socket, ownsSocket: true) { ReadTimeout = milliseconds, WriteTimeout = milliseconds };
    }

    /// <summary>Reads a line that ends with CR LF or LF.</summary>
    /// <exception cref="IOException">The other side has closed, or sends a line without end.</exception>
    public static string ReadLine(Stream stream)
    {
        const int MostBytes = 8192;
        var line = new List<byte>();
        while (stream.ReadByte() is var next && next != '\n')
        {
            if (next < 0 || line.Count >= MostBytes)
                throw new IOException("the server has closed the connection");
            line.Add((byte)next);
        }
        return System.Text.Encoding.UTF8.GetString([.. line]).TrimEnd('\r');
    }
}

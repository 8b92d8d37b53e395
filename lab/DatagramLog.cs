using System.Net;
using System.Net.Sockets;

namespace Panicle.Lab;

/// <summary>Takes what arrives at a UDP port of this host's own: the other end of netconsole.</summary>
internal sealed class DatagramLog : IDisposable
{
    private readonly UdpClient _socket = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly MemoryStream _received = new();
    private readonly Task _reader;

    public DatagramLog() => _reader = Task.Run(Read);

    public int Port => ((IPEndPoint)_socket.Client.LocalEndPoint!).Port;

    /// <summary>Everything that has arrived.</summary>
    public byte[] Received()
    {
        lock (_received)
            return _received.ToArray();
    }

    public void Dispose()
    {
        _socket.Dispose();
        _reader.Wait();
        _received.Dispose();
    }

    private async Task Read()
    {
        try
        {
            while (true)
            {
                var datagram = await _socket.ReceiveAsync().ConfigureAwait(false);
                lock (_received)
                    _received.Write(datagram.Buffer);
            }
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
            // The end of it: Dispose() has closed the socket.
        }
    }
}

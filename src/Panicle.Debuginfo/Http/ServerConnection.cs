using System.Net.Sockets;

namespace Panicle.Debuginfo.Http;

/// <summary>
/// One client of the server, and how it uses its place: one that only trickles a request, or takes its answer a byte at a time,
/// loses it to the next that comes.
/// </summary>
internal sealed class ServerConnection(Socket client) : IDisposable
{
    private const long LeastBytesPerSecond = 4096;

    private long _since = Environment.TickCount64;
    private long _sent;
    private volatile bool _isAnswering;

    public Socket Client => client;

    /// <summary>Milliseconds that it has been asking, or waiting to; negative while it is answered.</summary>
    public long Asking => _isAnswering ? -1 : Environment.TickCount64 - Interlocked.Read(ref _since);

    /// <summary>Whether it takes its answer so slowly that nobody has to wait for it.</summary>
    /// <param name="patience">How long it may.</param>
    public bool IsStalling(TimeSpan patience)
    {
        var milliseconds = Environment.TickCount64 - Interlocked.Read(ref _since);
        return _isAnswering && milliseconds > patience.TotalMilliseconds
            && Interlocked.Read(ref _sent) < LeastBytesPerSecond * milliseconds / 1000;
    }

    /// <summary>The next request is waited for.</summary>
    public void Ask()
    {
        Interlocked.Exchange(ref _since, Environment.TickCount64);
        _isAnswering = false;
    }

    /// <summary>A whole request has come.</summary>
    public void Answer()
    {
        Interlocked.Exchange(ref _sent, 0);
        Interlocked.Exchange(ref _since, Environment.TickCount64);
        _isAnswering = true;
    }

    /// <summary>The connection's bytes; what is sent is counted.</summary>
    public Stream Open() => new CountingStream(this);

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private sealed class CountingStream(ServerConnection connection) : NetworkStream(connection.Client, ownsSocket: true)
    {
        private const int Piece = 32 << 10;

        // In pieces, so that the count tells of what was taken and the time-out is one of a piece.
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            while (buffer.Length > 0)
            {
                var count = Math.Min(buffer.Length, Piece);
                var sent = connection.Client.Send(buffer[..count]);
                Interlocked.Add(ref connection._sent, sent);
                buffer = buffer[sent..];
            }
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));
    }
}

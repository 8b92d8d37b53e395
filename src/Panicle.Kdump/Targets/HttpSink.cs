using System.Text;
using Panicle.Formats.Streams;

namespace Panicle.Kdump.Targets;

/// <summary>
/// Sends a crash's files with HTTP PUT (RFC 9110), each in a connection of its own, to TARGET/CRASH/FILE. A server keeps only what it got
/// whole, so that there are no incomplete names. An address with a query is one object, such as a pre-signed URL: it takes the dump alone, and
/// wants to know its length.
/// </summary>
internal sealed class HttpSink(TargetAddress target, CrashNames names, TimeSpan timeout) : CrashSink
{
    private readonly bool _isOneObject = target.Path.Contains('?', StringComparison.Ordinal);

    public override string Description => _isOneObject ? target.Shown : $"{target.Shown.TrimEnd('/')}/{names.Directory}";

    // S3 takes nothing in chunks.
    public override bool NeedsLength => _isOneObject;

    public override Stream Create(string name, long? length = null)
    {
        if (_isOneObject && name != names.Dump)
            throw new IOException($"the address stands for one file, and that is {names.Dump}");
        var path = _isOneObject ? target.Path : $"{target.Path.TrimEnd('/')}/{names.Directory}/{name}";
        var connection = new BufferedStream(Connection.Open(target.Host!, target.Port, timeout), 1 << 16);
        var header = new StringBuilder($"PUT {path} HTTP/1.1\r\nHost: {HostHeader}\r\nConnection: close\r\nContent-Type: application/octet-stream\r\n");
        if (target.User is not null)
            header.Append($"Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{target.User}:{target.Password}"))}\r\n");
        header.Append(length is null ? "Transfer-Encoding: chunked\r\n\r\n" : $"Content-Length: {length}\r\n\r\n");
        connection.Write(Encoding.ASCII.GetBytes(header.ToString()));
        return new HttpBody(connection, length);
    }

    // Signatures are over what clients send, and those leave the usual port out.
    private string HostHeader => target.Port == 80 ? target.Host! : $"{target.Host}:{target.Port}";

    public override void Finish(string name, Stream stream)
    {
        using var body = (HttpBody)stream;
        var status = body.End();
        var words = status.Split(' ', 3);
        if (words.Length < 2 || !words[1].StartsWith('2'))
            throw new IOException($"the server doesn't take {name}: {status}");
    }

    /// <summary>What is being sent, in chunks where its length isn't known.</summary>
    private sealed class HttpBody(Stream connection, long? length) : WriteOnlyStream
    {
        private readonly bool _isChunked = length is null;
        private long _written;

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (buffer.IsEmpty)
                return;
            if (_isChunked)
                connection.Write(Encoding.ASCII.GetBytes($"{buffer.Length:x}\r\n"));
            _written += buffer.Length;
            if (_written > length)
                throw new IOException($"more than the {length} bytes that were announced");
            connection.Write(buffer);
            if (_isChunked)
                connection.Write("\r\n"u8);
        }

        /// <summary>Ends it, and returns the first line of the final answer.</summary>
        public string End()
        {
            if (_isChunked)
                connection.Write("0\r\n\r\n"u8);
            else if (_written != length)
                throw new IOException($"{_written} bytes instead of the {length} that were announced");
            connection.Flush();
            var status = Connection.ReadLine(connection);
            while (status.StartsWith("HTTP/1.1 1", StringComparison.Ordinal))
            {
                while (Connection.ReadLine(connection).Length > 0)
                {
                }
                status = Connection.ReadLine(connection);
            }
            return status;
        }

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            connection.Dispose();
        }
    }
}

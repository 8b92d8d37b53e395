using System.Text;
using Panicle.Formats.Http;

namespace Panicle.Kdump.Targets;

/// <summary>
/// Sends a crash's files with HTTP PUT (RFC 9110), each in a connection of its own, to TARGET/CRASH/FILE. A server keeps only
/// what it got whole, so that there are no incomplete names. An address with a query is one object, such as a pre-signed URL: it
/// takes the dump alone, and wants to know its length.
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
        var header = new StringBuilder($"PUT {path} HTTP/1.1\r\nHost: {HostHeader}\r\nConnection: close\r\n");
        header.Append("Content-Type: application/octet-stream\r\n");
        if (target.User is not null)
            header.Append(
                $"Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{target.User}:{target.Password}"))}\r\n");
        header.Append(length is null ? "Transfer-Encoding: chunked\r\n\r\n" : $"Content-Length: {length}\r\n\r\n");
        connection.Write(Encoding.ASCII.GetBytes(header.ToString()));
        return new HttpBody(connection, length);
    }

    // Signatures are over what clients send, and those leave the usual port out.
    private string HostHeader => target.Port == 80 ? target.Host! : $"{target.Host}:{target.Port}";

    public override void Finish(string name, Stream stream)
    {
        using var body = (HttpBody)stream;
        var answer = body.End();
        if (answer.Status is not (>= 200 and < 300))
            throw new IOException($"the server doesn't take {name}: {answer.First}");
    }
}

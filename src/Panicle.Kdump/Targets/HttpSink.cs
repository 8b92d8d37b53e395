using System.Text;
using Panicle.Formats.Http;

namespace Panicle.Kdump.Targets;

/// <summary>Sends a crash's files with HTTP PUT, each in a connection of its own.</summary>
internal sealed class HttpSink(TargetAddress target, CrashNames names, TimeSpan timeout) : WebSink(target, names)
{
    public override Stream Create(string name, long? length = null)
    {
        var path = PlaceOf(Target.Path, name);
        var connection = new BufferedStream(Connection.Open(Target.Host!, Target.Port, timeout), 1 << 16);
        var header = new StringBuilder($"PUT {path} HTTP/1.1\r\nHost: {HostHeader}\r\nConnection: close\r\n");
        header.Append("Content-Type: application/octet-stream\r\n");
        if (Target.User is not null)
            header.Append(
                $"Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Target.User}:{Target.Password}"))}\r\n");
        header.Append(length is null ? "Transfer-Encoding: chunked\r\n\r\n" : $"Content-Length: {length}\r\n\r\n");
        connection.Write(Encoding.ASCII.GetBytes(header.ToString()));
        return new HttpBody(connection, length);
    }

    // Signatures are over what clients send, and those leave the usual port out.
    private string HostHeader => Target.Port == 80 ? Target.BracketedHost : $"{Target.BracketedHost}:{Target.Port}";

    public override void Finish(string name, Stream stream)
    {
        using var body = (HttpBody)stream;
        var answer = body.End();
        if (answer.Status is not (>= 200 and < 300))
            throw new IOException($"the server doesn't take {name}: {answer.First}");
    }
}

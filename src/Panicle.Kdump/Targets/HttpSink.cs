using System.Text;
using Panicle.Formats.Http;

namespace Panicle.Kdump.Targets;

/// <summary>Sends a crash's files with HTTP PUT, each in a connection of its own.</summary>
internal sealed class HttpSink(TargetAddress target, CrashNames names, TimeSpan timeout) : WebSink(target, names)
{
    public override Stream Create(string name, long? length = null)
    {
        var path = PlaceOf(Target.Path, name);
        var connection = Connect();
        var header = Head("PUT", path);
        header.Append("Content-Type: application/octet-stream\r\n");
        header.Append(length is null ? "Transfer-Encoding: chunked\r\n\r\n" : $"Content-Length: {length}\r\n\r\n");
        connection.Write(Encoding.ASCII.GetBytes(header.ToString()));
        return new HttpBody(connection, length);
    }

    protected override int? StatusOf(string address)
    {
        try
        {
            var connection = Connect();
            using var body = new HttpBody(connection, 0);
            connection.Write(Encoding.ASCII.GetBytes(Head("HEAD", address).Append("\r\n").ToString()));
            return body.End().Status;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private BufferedStream Connect() => new(Connection.Open(Target.Host!, Target.Port, timeout), 1 << 16);

    private StringBuilder Head(string method, string path)
    {
        var header = new StringBuilder($"{method} {path} HTTP/1.1\r\nHost: {HostHeader}\r\nConnection: close\r\n");
        if (Target.User is not null)
            header.Append(
                $"Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Target.User}:{Target.Password}"))}\r\n");
        return header;
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

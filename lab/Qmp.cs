using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Panicle.Lab;

/// <summary>QEMU's machine protocol: one JSON object a line over a socket.</summary>
internal sealed class Qmp : IDisposable
{
    private readonly Socket _socket;
    private readonly StreamReader _reader;
    private readonly StreamWriter _writer;

    public Qmp(Socket socket)
    {
        _socket = socket;
        var stream = new NetworkStream(socket);
        _reader = new StreamReader(stream);
        _writer = new StreamWriter(stream) { AutoFlush = true, NewLine = "\n" };
        _reader.ReadLine();
        Execute("qmp_capabilities");
    }

    /// <summary>Runs a command and returns what it answers.</summary>
    public JsonNode? Execute(string command, JsonObject? arguments = null)
    {
        var request = new JsonObject { ["execute"] = command };
        if (arguments is not null)
            request["arguments"] = arguments;
        _writer.WriteLine(request.ToJsonString());
        while (_reader.ReadLine() is { } line)
        {
            var answer = JsonNode.Parse(line)!.AsObject();
            if (answer.TryGetPropertyValue("return", out var value))
                return value;
            if (answer.TryGetPropertyValue("error", out var error))
                throw new LabException($"QEMU refused {command}: {error!["desc"]}");
        }
        throw new LabException($"QEMU ended during {command}");
    }

    /// <summary>Asks with a command until its answer has a given status.</summary>
    public void WaitForStatus(string command, string status, TimeSpan patience)
    {
        var deadline = DateTime.UtcNow + patience;
        while (true)
        {
            var now = Execute(command)?["status"]?.GetValue<string>();
            if (now == status)
                return;
            if (now == "failed" || DateTime.UtcNow > deadline)
                throw new LabException($"QEMU's {command} says {JsonSerializer.Serialize(now)} where {status} was awaited");
            Thread.Sleep(30);
        }
    }

    public void Dispose()
    {
        _reader.Dispose();
        _socket.Dispose();
    }
}

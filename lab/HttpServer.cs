using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Panicle.Lab;

/// <summary>Takes files by HTTP PUT into a directory, as a machine's target. It can be told to fail.</summary>
public sealed class HttpServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly string _directory;
    private int _connections;

    /// <summary>Starts it.</summary>
    public HttpServer(string directory)
    {
        _directory = directory;
        _listener.Start();
        _ = Task.Run(AcceptAll);
    }

    /// <summary>Its port on the loopback.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many connections were made.</summary>
    public int Connections => _connections;

    /// <summary>After how many bytes of one file the connection is cut; null for never.</summary>
    public long? CutAfter { get; init; }

    /// <summary>After how many bytes of one file nothing more is read, and the connection stays; null for never.</summary>
    public long? StallAfter { get; init; }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private async Task AcceptAll()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                Interlocked.Increment(ref _connections);
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
        {
            try
            {
                using var stream = new BufferedStream(client.GetStream());
                var path = ReadLine(stream).Split(' ')[1].TrimStart('/');
                long? length = null;
                for (var line = ReadLine(stream); line.Length > 0; line = ReadLine(stream))
                    if (line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
                        length = long.Parse(line.Split(':')[1]);
                Take(stream, Path.Combine(_directory, path), length);
                stream.Write(Encoding.ASCII.GetBytes("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"));
                stream.Flush();
            }
            catch (Exception e) when (e is IOException or InvalidDataException)
            {
                // Whoever sent it learns by the missing answer.
            }
        }
    }

    private void Take(Stream stream, string path, long? length)
    {
        var content = new MemoryStream();
        if (length is { } known)
            Copy(stream, content, known);
        else
            for (var size = ChunkSize(stream); size > 0; size = ChunkSize(stream))
            {
                Copy(stream, content, size);
                ReadLine(stream);
            }
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content.ToArray());
    }

    private static long ChunkSize(Stream stream) => Convert.ToInt64(ReadLine(stream), 16);

    private void Copy(Stream from, MemoryStream to, long length)
    {
        var buffer = new byte[65536];
        while (length > 0)
        {
            var count = from.Read(buffer, 0, (int)Math.Min(length, buffer.Length));
            if (count == 0)
                throw new IOException("the client has gone");
            to.Write(buffer, 0, count);
            length -= count;
            if (to.Length > CutAfter)
                throw new IOException("cut");
            if (to.Length > StallAfter)
                Thread.Sleep(Timeout.Infinite);
        }
    }

    private static string ReadLine(Stream stream)
    {
        var line = new StringBuilder();
        for (var next = stream.ReadByte(); next != '\n'; next = stream.ReadByte())
            line.Append(next >= 0 ? (char)next : throw new IOException("the client has gone"));
        return line.ToString().TrimEnd('\r');
    }
}

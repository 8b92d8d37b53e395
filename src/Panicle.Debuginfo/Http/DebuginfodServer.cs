using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Panicle.Debuginfo.Elf;
using Panicle.Debuginfo.Finding;
using Panicle.Debuginfo.Store;
using Panicle.Formats.Http;

namespace Panicle.Debuginfo.Http;

/// <summary>How a store is served.</summary>
public sealed record ServeOptions
{
    /// <summary>The address and port; port 0 takes any free one.</summary>
    public IPEndPoint Address { get; init; } = new(IPAddress.Loopback, 8002);

    /// <summary>Source trees, for requests for sources.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];

    /// <summary>Whether everyone gets files with compressed sections, as the store has them.</summary>
    public bool AsStored { get; init; }

    /// <summary>Told of each request when it has been answered.</summary>
    public Action<string>? Log { get; init; }

    /// <summary>
    /// How many connections there may be at once. One more takes the place of the one that has been asking for longest, or takes
    /// its answer most slowly; where all are being answered it is turned away with 503.
    /// </summary>
    public int MostConnections { get; init; } = 64;

    /// <summary>How long a client may take for a whole request, and how long it may take nothing of an answer.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>
/// Speaks debuginfod's protocol (debuginfod(8), "WEBAPI") for a store: <c>/buildid/ID/debuginfo</c>, <c>executable</c>,
/// <c>source/PATH</c>, <c>section/NAME</c>, <c>/metrics</c>. GET and HEAD, whole files and parts. Clients that don't say that
/// they read compressed sections get plain ones.
/// </summary>
public sealed class DebuginfodServer : IDisposable
{
    private const int MostRequestsPerConnection = 10_000;

    private readonly SymbolStore _store;
    private readonly ServeOptions _options;
    private readonly TcpListener _listener;
    private readonly ServerCounters _counters = new();
    private readonly HashSet<ServerConnection> _connections = [];
    private int _turnedAway;

    /// <summary>Takes the address; requests are answered from <see cref="Run"/> on.</summary>
    /// <exception cref="IOException">The address can't be had.</exception>
    public DebuginfodServer(SymbolStore store, ServeOptions options)
    {
        (_store, _options) = (store, options);
        _listener = new TcpListener(options.Address);
        try
        {
            _listener.Start();
        }
        catch (SocketException e)
        {
            throw new IOException($"{options.Address}: {e.Message}", e);
        }
    }

    /// <summary>The address and port that it listens on, once it has found a free one.</summary>
    public IPEndPoint Address => (IPEndPoint)_listener.LocalEndpoint;

    /// <summary>Answers requests until it is cancelled.</summary>
    public void Run(CancellationToken cancellation)
    {
        using var stop = cancellation.Register(_listener.Stop);
        while (!cancellation.IsCancellationRequested)
        {
            Socket client;
            try
            {
                client = _listener.AcceptSocket();
            }
            catch (SocketException)
            {
                continue; // Stopped, or the client has gone already.
            }
            catch (Exception e) when (e is ObjectDisposedException or InvalidOperationException)
            {
                return;
            }
            if (TakeIn(client) is { } connection)
            {
                // A thread each: they mostly decompress or wait for the disk, and there are few.
                new Thread(() => Serve(connection, cancellation)) { IsBackground = true }.Start();
            }
            else
                TurnAway(client);
        }
    }

    private ServerConnection? TakeIn(Socket client)
    {
        lock (_connections)
        {
            if (_connections.Count >= _options.MostConnections && !MakeRoom())
                return null;
            var connection = new ServerConnection(client);
            _connections.Add(connection);
            return connection;
        }
    }

    // A client that hasn't asked yet can ask again; most ask at once, and aren't the longest ones.
    private bool MakeRoom()
    {
        var worst = _connections.MaxBy(connection => connection.Asking);
        if (worst is null or { Asking: < 0 })
            worst = _connections.FirstOrDefault(connection => connection.IsStalling(_options.Timeout));
        if (worst is null)
            return false;
        _connections.Remove(worst);
        worst.Dispose();
        return true;
    }

    // What it asks is read, if it comes soon: a connection that is closed on unread bytes takes the answer with it.
    private void TurnAway(Socket client)
    {
        const int most = 32;
        if (Interlocked.Increment(ref _turnedAway) > most)
        {
            Interlocked.Decrement(ref _turnedAway);
            client.Dispose();
            return;
        }
        new Thread(() =>
        {
            try
            {
                client.SendTimeout = client.ReceiveTimeout = 1000;
                client.Send("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 10\r\n"u8);
                client.Send("Content-Length: 0\r\nConnection: close\r\n\r\n"u8);
                client.Shutdown(SocketShutdown.Send);
                client.Receive(new byte[16 << 10]);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // It has gone.
            }
            finally
            {
                client.Dispose();
                Interlocked.Decrement(ref _turnedAway);
            }
        })
        { IsBackground = true }.Start();
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private void Serve(ServerConnection connection, CancellationToken cancellation)
    {
        var client = connection.Client;
        try
        {
            client.ReceiveTimeout = client.SendTimeout = (int)_options.Timeout.TotalMilliseconds;
            client.NoDelay = true;
            using var stream = connection.Open();
            using var deadline = new Timer(_ => client.Dispose());
            var lines = new HttpLines(stream);
            for (var i = 0; i < MostRequestsPerConnection; i++)
            {
                connection.Ask();
                // For the whole request: a byte now and then doesn't prolong it.
                deadline.Change(_options.Timeout, Timeout.InfiniteTimeSpan);
                if (lines.ReadHead() is not { } head)
                    break;
                deadline.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                connection.Answer();
                if (!Answer(head, stream, client.RemoteEndPoint, cancellation))
                    break;
            }
        }
        catch (Exception e) when (
            e is IOException or InvalidDataException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The client went away, was too slow, or speaks something else.
        }
        finally
        {
            connection.Dispose();
            lock (_connections)
                _connections.Remove(connection);
        }
    }

    // Whether the connection stays open.
    private bool Answer(HttpHead head, Stream stream, EndPoint? from, CancellationToken cancellation)
    {
        var words = head.First.Split(' ');
        var stays = words is [_, _, "HTTP/1.1"] && !string.Equals(head["Connection"], "close", StringComparison.OrdinalIgnoreCase)
            && head["Content-Length"] is null or "0" && head["Transfer-Encoding"] is null;
        using var content = words is ["GET" or "HEAD", var target, "HTTP/1.0" or "HTTP/1.1"]
            ? Find(target, head)
            : ServedContent.Error(words is [_, _, "HTTP/1.0" or "HTTP/1.1"] ? 405 : 400, "GET and HEAD are what can be asked");
        var sent = Send(content, head, words[0] == "HEAD", stays, stream, cancellation);
        _counters.Count(content.Kind, sent.Status, sent.Bytes);
        _options.Log?.Invoke(string.Create(CultureInfo.InvariantCulture, $"{from} {head.First} {sent.Status} {sent.Bytes}"));
        return stays;
    }

    private ServedContent Find(string target, HttpHead head)
    {
        try
        {
            var path = target.Split('?')[0].Split('/');
            return path switch
            {
                ["", "metrics"] => ServedContent.Text("metrics", _counters.ToString()),
                ["", ""] => ServedContent.Text("other", "debuginfod of panicle; see debuginfod(8)\n"),
                ["", "buildid", var id, .. var rest] when BuildIdTree.IsBuildId(id.ToLowerInvariant()) =>
                    Find(id.ToLowerInvariant(), rest, head),
                _ => ServedContent.Error(404, "there is nothing of that name"),
            };
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return ServedContent.Error(500, "the file can't be read");
        }
    }

    private ServedContent Find(string buildId, string[] rest, HttpHead head) => rest switch
    {
        ["debuginfo"] => Whole(rest[0], _store.FindDebugInfo(buildId), head),
        ["executable"] => Whole(rest[0], _store.FindExecutable(buildId), head),
        ["section", var name] => Section(buildId, Uri.UnescapeDataString(name)),
        ["source", .. var path] when path.Length > 0 => Source(buildId, Uri.UnescapeDataString($"/{string.Join('/', path)}")),
        _ => ServedContent.Error(404, "there is nothing of that name"),
    };

    private ServedContent Whole(string kind, string? path, HttpHead head)
    {
        if (path is null)
            return ServedContent.Error(404, "the store has no file of that build", kind);
        SymbolStore.Touch(path);
        return _options.AsStored || head[Wire.SectionsField] == "zstd"
            ? ServedContent.File(kind, path, $"{Wire.AcceptsCompressedSections}\r\n")
            : ServedContent.Elf(kind, path, ElfExpansion.Open(path));
    }

    private ServedContent Section(string buildId, string name)
    {
        foreach (var path in new[] { _store.FindDebugInfo(buildId), _store.FindExecutable(buildId) })
        {
            if (path is not null && ElfExpansion.OpenSection(path, name) is { } section)
            {
                SymbolStore.Touch(path);
                return ServedContent.Elf("section", path, section);
            }
        }
        return ServedContent.Error(404, "the store has no such section of that build", "section");
    }

    // Only for builds that the store has, and only out of the trees that were named for it.
    private ServedContent Source(string buildId, string path) =>
        (_store.FindDebugInfo(buildId) ?? _store.FindExecutable(buildId)) is not null
            && !path.Contains('\0', StringComparison.Ordinal) && SourceTree.Find(_options.Sources, path) is { } file
            ? ServedContent.File("source", file)
            : ServedContent.Error(404, "there is no such source", "source");

    private static (int Status, long Bytes) Send(
        ServedContent content, HttpHead head, bool isHead, bool stays, Stream stream, CancellationToken cancellation)
    {
        var status = content.Status;
        var (from, count) = (0L, content.Length);
        if (status == 200 && head.Number("X-DEBUGINFOD-MAXSIZE") is > 0 and var most && content.Length > most)
            (status, count) = (406, 0);
        else if (status == 200 && ByteRange.Parse(head["Range"], content.Length) is { } range)
            (status, from, count) = range.Count > 0 ? (206, range.From, range.Count) : (416, 0, 0);
        var answer = new StringBuilder(
            $"HTTP/1.1 {status} {Reason(status)}\r\nDate: {DateTime.UtcNow:R}\r\n"
                + $"Content-Type: {content.Type}\r\nContent-Length: {count}\r\n");
        answer.Append(content.Fields);
        if (status is 200 or 206)
            answer.Append("Accept-Ranges: bytes\r\n");
        if (status == 206)
            answer.Append(CultureInfo.InvariantCulture, $"Content-Range: bytes {from}-{from + count - 1}/{content.Length}\r\n");
        if (status == 416)
            answer.Append(CultureInfo.InvariantCulture, $"Content-Range: bytes */{content.Length}\r\n");
        if (status == 405)
            answer.Append("Allow: GET, HEAD\r\n");
        answer.Append(stays ? "\r\n" : "Connection: close\r\n\r\n");
        stream.Write(Encoding.ASCII.GetBytes(answer.ToString()));
        if (!isHead && count > 0)
            content.CopyTo(stream, from, count, cancellation);
        return (status, isHead ? 0 : count);
    }

    private static string Reason(int status) => status switch
    {
        200 => "OK",
        206 => "Partial Content",
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "File too large",
        416 => "Range Not Satisfiable",
        _ => "Internal Server Error",
    };
}

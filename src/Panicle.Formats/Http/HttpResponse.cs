using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Panicle.Formats.Http;

/// <summary>
/// A server's answer to a GET. <c>http:</c> is spoken here; <c>https:</c> through the system's curl, which brings the encryption.
/// The framework's client would cost megabytes of the program and a good part of its start.
/// </summary>
public sealed class HttpResponse : IDisposable
{
    private const int MostRedirects = 5;

    // 100 Continue, 103 Early Hints, and those of redirections, which curl shows.
    private const int MostHeads = 20;
    private const int LongestChunkLine = 256;
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromDays(1);

    private readonly HttpLines _lines;
    private readonly IDisposable _connection;
    private long? _left;
    private readonly bool _isChunked;

    private HttpResponse(HttpLines lines, HttpHead head, IDisposable connection)
    {
        (_lines, Head, _connection) = (lines, head, connection);
        Status = StatusOf(head);
        _isChunked = string.Equals(head["Transfer-Encoding"], "chunked", StringComparison.OrdinalIgnoreCase);
        _left = _isChunked ? 0 : head.Number("Content-Length");
    }

    /// <summary>The status: 200, 404.</summary>
    public int Status { get; }

    /// <summary>The status line and the fields before the body.</summary>
    public HttpHead Head { get; }

    /// <summary>The body's length in bytes, if the server says it.</summary>
    public long? Length => _isChunked ? Head.Number("X-DEBUGINFOD-SIZE") : Head.Number("Content-Length");

    /// <summary>Asks a server with GET, and follows its redirections.</summary>
    /// <param name="url">An http or https address.</param>
    /// <param name="fields">Further fields of the request, each a whole line.</param>
    /// <param name="timeout">
    /// How long the server may take for the whole head of its answer, redirections included; then, how long it may say nothing.
    /// </param>
    /// <param name="cancellation">Closes the connection, whatever it is waiting for.</param>
    /// <exception cref="IOException">The server can't be reached, or doesn't speak HTTP.</exception>
    public static HttpResponse Get(Uri url, IReadOnlyList<string> fields, TimeSpan timeout, CancellationToken cancellation)
    {
        timeout = timeout < LongestTimeout ? timeout : LongestTimeout;
        // A byte now and then is an answer to each wait, but no head.
        using var deadline = new CancellationTokenSource(timeout);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            return Get(url, fields, timeout, cancellation, either.Token);
        }
        catch (Exception e) when (
            deadline.IsCancellationRequested && !cancellation.IsCancellationRequested
                && e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            throw new IOException($"{url.Authority}: no answer within {timeout.TotalSeconds} s", e);
        }
    }

    private static HttpResponse Get(
        Uri url, IReadOnlyList<string> fields, TimeSpan timeout, CancellationToken cancellation, CancellationToken deadline)
    {
        for (var i = 0; i < MostRedirects; i++)
        {
            if (url.Scheme == Uri.UriSchemeHttps)
                return ThroughCurl(url, fields, timeout, cancellation, deadline);
            if (url.Scheme != Uri.UriSchemeHttp)
                throw new IOException($"{url}: Panicle speaks http and https");
            var response = Direct(url, fields, timeout, cancellation, deadline);
            if (response.Status is not (301 or 302 or 303 or 307 or 308) || response.Head["Location"] is not { } location
                || !Uri.TryCreate(url, location, out var next))
                return response;
            response.Dispose();
            url = next;
        }
        throw new IOException($"{url}: too many redirections");
    }

    /// <summary>Reads some of the body; 0 at its end.</summary>
    public int Read(Span<byte> buffer)
    {
        try
        {
            if (_isChunked && _left == 0 && !NextChunk())
                return 0;
            var wanted = (int)Math.Min(buffer.Length, _left ?? buffer.Length);
            var read = wanted == 0 ? 0 : _lines.Read(buffer[..wanted]);
            if (read == 0 && _left > 0)
                throw new IOException("the server's answer ends too early");
            _left -= read;
            return read;
        }
        catch (InvalidDataException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private bool NextChunk()
    {
        var line = _lines.ReadLine();
        if (line is "")
            line = _lines.ReadLine();
        if (line is null or { Length: > LongestChunkLine } || !long.TryParse(
            line.Split(';')[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var size) || size < 0)
            throw new IOException("the server's answer is broken");
        _left = size;
        return size > 0;
    }

    private static HttpResponse Direct(
        Uri url, IReadOnlyList<string> fields, TimeSpan timeout, CancellationToken cancellation, CancellationToken deadline)
    {
        var socket = Connect(url, timeout, deadline);
        // The cancellation goes when the request has ended, and this with it.
        cancellation.Register(socket.Dispose);
        using var untilAnswered = deadline.Register(socket.Dispose);
        try
        {
            socket.SendTimeout = socket.ReceiveTimeout = (int)timeout.TotalMilliseconds;
            var stream = new NetworkStream(socket, ownsSocket: true);
            var request = new StringBuilder(
                $"GET {url.PathAndQuery} HTTP/1.1\r\nHost: {url.Authority}\r\nConnection: close\r\nUser-Agent: panicle\r\n");
            foreach (var field in fields)
                request.Append(field).Append("\r\n");
            stream.Write(Encoding.ASCII.GetBytes(request.Append("\r\n").ToString()));
            return ReadAnswer(url, new HttpLines(stream), stream);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static Socket Connect(Uri url, TimeSpan timeout, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (!socket.ConnectAsync(url.IdnHost, url.Port, cancellation).AsTask()
                .Wait((int)timeout.TotalMilliseconds, CancellationToken.None))
                throw new IOException($"{url.Authority} can't be reached within {timeout.TotalSeconds} s");
            return socket;
        }
        catch (AggregateException e)
        {
            socket.Dispose();
            throw new IOException($"{url.Authority} can't be reached: {e.InnerException?.Message}", e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static HttpResponse ReadAnswer(Uri url, HttpLines lines, IDisposable connection)
    {
        try
        {
            for (var i = 0; i < MostHeads && lines.ReadHead() is { } head; i++)
            {
                // curl shows the heads of redirections too; 1xx are not yet the answer.
                if (StatusOf(head) is >= 200 and var status && !(connection is CurlProcess && status is >= 300 and < 400))
                    return new HttpResponse(lines, head, connection);
            }
        }
        catch (InvalidDataException e)
        {
            throw new IOException($"{url.Authority}: {e.Message}", e);
        }
        var why = connection is CurlProcess curl ? curl.Errors : "the server closed the connection without an answer";
        throw new IOException($"{url.Authority}: {why}");
    }

    private static int StatusOf(HttpHead head) => head.Status ?? throw new InvalidDataException("the server doesn't speak HTTP");

    private static HttpResponse ThroughCurl(
        Uri url, IReadOnlyList<string> fields, TimeSpan timeout, CancellationToken cancellation, CancellationToken deadline)
    {
        var seconds = ((int)Math.Ceiling(timeout.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        var start = new ProcessStartInfo(
            SystemProgram.Find("curl") ?? throw new IOException("https needs the program curl, which isn't installed"),
        [
            "--silent", "--show-error", "--include", "--raw", "--location", "--suppress-connect-headers",
            "--proto", "=https", "--http1.1", "--user-agent", "panicle",
            "--connect-timeout", seconds, "--speed-time", seconds, "--speed-limit", "1",
            .. fields.SelectMany(field => new[] { "--header", field }), url.AbsoluteUri,
        ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        try
        {
            var curl = new CurlProcess(Process.Start(start) ?? throw new IOException("curl can't be started"));
            cancellation.Register(curl.Stop);
            using var untilAnswered = deadline.Register(curl.Stop);
            return ReadAnswer(url, new HttpLines(curl.Output), curl);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new IOException("https needs the program curl, which isn't installed", e);
        }
    }

    private sealed class CurlProcess : IDisposable
    {
        private readonly Process _process;
        private readonly StringBuilder _errors = new();

        public CurlProcess(Process process)
        {
            _process = process;
            process.StandardInput.Close();
            process.ErrorDataReceived += (_, line) => _errors.Append(line.Data);
            process.BeginErrorReadLine();
        }

        public Stream Output => _process.StandardOutput.BaseStream;

        public string Errors
        {
            get
            {
                _process.WaitForExit(1000);
                return _errors.ToString();
            }
        }

        public void Stop()
        {
            try
            {
                _process.Kill();
            }
            catch (InvalidOperationException)
            {
                // It has ended already.
            }
        }

        public void Dispose()
        {
            Stop();
            _process.Dispose();
        }
    }
}

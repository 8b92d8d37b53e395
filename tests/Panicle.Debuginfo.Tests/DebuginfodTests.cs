using System.Net;
using System.Net.Sockets;
using System.Text;
using Panicle.Debuginfo.Http;
using Panicle.Debuginfo.Store;

namespace Panicle.Debuginfo.Tests;

/// <summary>The server and the client on this machine.</summary>
public sealed class DebuginfodTests : IDisposable
{
    private readonly TestFiles _files = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly DebuginfodServer _server;
    private readonly string _program;

    public DebuginfodTests()
    {
        _program = _files.Program("program", TestFiles.Id('a'));
        var store = new SymbolStore(_files["store"]);
        store.Add([_program]);
        File.WriteAllText(_files["outside.c"], "secret");
        Directory.CreateDirectory(_files["tree/kernel"]);
        File.WriteAllText(_files["tree/kernel/a b.c"], "int x;\n");
        _server = new DebuginfodServer(store, new ServeOptions
        {
            Address = new(IPAddress.Loopback, 0),
            Sources = [_files["tree"]],
            MostConnections = 8,
            Timeout = TimeSpan.FromSeconds(5)
        });
        new Thread(() => _server.Run(_stop.Token)) { IsBackground = true }.Start();
    }

    public void Dispose()
    {
        _stop.Cancel();
        _server.Dispose();
        _stop.Dispose();
        _files.Dispose();
    }

    [Fact]
    public void A_client_gets_the_file_into_the_shared_cache()
    {
        var path = Client().FindDebugInfo(TestFiles.Id('a'));
        Assert.Equal(_files[$"cache/{TestFiles.Id('a')}/debuginfo"], path);
        Assert.Equal(TestFiles.Dwarf(_program), TestFiles.Dwarf(path!));
        Assert.DoesNotContain("COMPRESSED", TestFiles.Run("readelf", "-t", path!), StringComparison.Ordinal);
        _stop.Cancel();
        Assert.Equal(path, Client().FindDebugInfo(TestFiles.Id('a')));
    }

    [Fact]
    public void Sections_and_sources_come_alone()
    {
        var line = Client().FindSection(TestFiles.Id('a'), ".debug_line");
        Assert.Equal(_files[$"cache/{TestFiles.Id('a')}/section-.debug_line"], line);
        TestFiles.Run("objcopy", "-O", "binary", "--only-section=.debug_line", "--set-section-flags", ".debug_line=alloc",
            _program, _files["expected"]);
        Assert.Equal(File.ReadAllBytes(_files["expected"]), File.ReadAllBytes(line!));
        var source = Client().FindSource(TestFiles.Id('a'), "/build/kernel/a b.c");
        Assert.Equal("int x;\n", File.ReadAllText(source!));
        Assert.Equal("source##build##kernel##a b.c", Path.GetFileName(source));
    }

    [Fact]
    public void A_miss_is_remembered_for_ten_minutes()
    {
        var client = Client();
        Assert.Null(client.FindDebugInfo(TestFiles.Id('b')));
        Assert.Empty(client.Problems);
        var mark = new FileInfo(_files[$"cache/{TestFiles.Id('b')}/debuginfo"]);
        Assert.Equal(0, mark.Length);
        new SymbolStore(_files["store"]).Add([_files.Program("late", TestFiles.Id('b'))]);
        Assert.Null(Client().FindDebugInfo(TestFiles.Id('b')));
        mark.LastWriteTimeUtc = DateTime.UtcNow.AddMinutes(-11);
        Assert.NotNull(Client().FindDebugInfo(TestFiles.Id('b')));
    }

    [Fact]
    public void A_server_that_cannot_be_reached_is_a_problem_and_no_miss()
    {
        var client = new DebuginfodClient(Settings with { Servers = [new Uri("http://127.0.0.1:1/")] });
        Assert.Null(client.FindDebugInfo(TestFiles.Id('b')));
        Assert.Contains("127.0.0.1:1", Assert.Single(client.Problems));
        Assert.False(Directory.Exists(_files[$"cache/{TestFiles.Id('b')}"]));
    }

    [Fact]
    public void The_next_server_is_asked_where_the_first_has_nothing()
    {
        using var empty = new DebuginfodServer(
            new SymbolStore(_files["empty"]), new ServeOptions { Address = new(IPAddress.Loopback, 0) });
        new Thread(() => empty.Run(_stop.Token)) { IsBackground = true }.Start();
        var client = new DebuginfodClient(Settings with { Servers = [new Uri($"http://{empty.Address}/"), Url] });
        Assert.NotNull(client.FindDebugInfo(TestFiles.Id('a')));
    }

    /// <summary>
    /// All servers are asked at once: one that never answers holds up nothing, and is left alone once another has sent the file.
    /// </summary>
    [Fact]
    public void A_server_that_says_nothing_is_not_waited_for()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var client = new DebuginfodClient(
            Settings with { Servers = [new Uri($"http://{silent.LocalEndpoint}/"), Url], Timeout = TimeSpan.FromHours(1) });
        Assert.NotNull(client.FindDebugInfo(TestFiles.Id('a')));
        Assert.Empty(client.Problems);
    }

    [Fact]
    public void Where_the_first_to_answer_sends_another_build_the_next_is_taken()
    {
        var store = new SymbolStore(_files["wrong"]);
        store.Add([_files.Program("other", TestFiles.Id('d'))]);
        Directory.CreateDirectory(_files["wrong/.build-id/aa"]);
        File.Copy(_files[$"wrong/.build-id/{TestFiles.Id('d')[..2]}/{TestFiles.Id('d')[2..]}.debug"],
            _files[$"wrong/.build-id/aa/{TestFiles.Id('a')[2..]}.debug"]);
        using var wrong = new DebuginfodServer(store, new ServeOptions { Address = new(IPAddress.Loopback, 0) });
        new Thread(() => wrong.Run(_stop.Token)) { IsBackground = true }.Start();
        for (var i = 0; i < 10; i++)
        {
            var client = new DebuginfodClient(
                Settings with { Servers = [new Uri($"http://{wrong.Address}/"), Url], Cache = _files[$"cache{i}"] });
            Assert.Equal(TestFiles.Dwarf(_program), TestFiles.Dwarf(client.FindDebugInfo(TestFiles.Id('a'))!));
            Assert.Equal(
                ["debuginfo"], Directory.EnumerateFiles(_files[$"cache{i}/{TestFiles.Id('a')}"]).Select(Path.GetFileName));
        }
    }

    [Fact]
    public void What_is_of_another_build_or_too_large_is_refused()
    {
        // The server looks files up by name alone.
        File.Move(_files[$"store/.build-id/aa/{TestFiles.Id('a')[2..]}.debug"],
            _files[$"store/.build-id/aa/{new string('c', 38)}.debug"]);
        var other = "aa" + new string('c', 38);
        var client = Client();
        Assert.Null(client.FindDebugInfo(other));
        Assert.Contains($"build ID {TestFiles.Id('a')}", Assert.Single(client.Problems));
        var small = new DebuginfodClient(Settings with { MaxSize = 100 });
        Assert.Null(small.FindDebugInfo(other));
        Assert.Contains("406", Assert.Single(small.Problems));
        Assert.Empty(Directory.EnumerateFiles(_files["cache"], "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Without_servers_nothing_is_asked()
    {
        Assert.Null(DebuginfodSettings.With(""));
        Assert.Null(DebuginfodSettings.With("ima:enforcing ftp://x"));
    }

    [Fact]
    public void Heads_and_parts_are_those_of_the_file()
    {
        var whole = Ask($"GET /buildid/{TestFiles.Id('a')}/debuginfo HTTP/1.1");
        Assert.StartsWith("HTTP/1.1 200 OK", whole.Head);
        var length = whole.Body.Length;
        Assert.Contains($"Content-Length: {length}\r\n", whole.Head);
        Assert.Contains($"X-DEBUGINFOD-SIZE: {length}\r\n", whole.Head);
        var head = Ask($"HEAD /buildid/{TestFiles.Id('a')}/debuginfo HTTP/1.1");
        Assert.Contains($"Content-Length: {length}\r\n", head.Head);
        Assert.Empty(head.Body);
        var part = Ask($"GET /buildid/{TestFiles.Id('a')}/debuginfo HTTP/1.1\r\nRange: bytes=1-3");
        Assert.StartsWith("HTTP/1.1 206", part.Head);
        Assert.Contains($"Content-Range: bytes 1-3/{length}\r\n", part.Head);
        Assert.Equal("ELF"u8.ToArray(), part.Body);
        Assert.Equal(whole.Body[^5..], Ask($"GET /buildid/{TestFiles.Id('a')}/debuginfo HTTP/1.1\r\nRange: bytes=-5").Body);
        Assert.StartsWith(
            "HTTP/1.1 416", Ask($"GET /buildid/{TestFiles.Id('a')}/debuginfo HTTP/1.1\r\nRange: bytes={length}-").Head);
        Assert.Equal(length, Ask($"GET /buildid/{TestFiles.Id('a').ToUpperInvariant()}/debuginfo HTTP/1.1").Body.Length);
        Assert.Contains("panicle_symbols_requests_total{type=\"debuginfo\",status=\"206\"} 2",
            Encoding.UTF8.GetString(Ask("GET /metrics HTTP/1.1").Body));
    }

    [Theory]
    [InlineData("/buildid/../../outside.c")]
    [InlineData("/buildid/../debuginfo")]
    [InlineData("/buildid/ID/source/../outside.c")]
    [InlineData("/buildid/ID/source/kernel/../../outside.c")]
    [InlineData("/buildid/ID/source/%2e%2e/outside.c")]
    [InlineData("/buildid/ID/source/kernel/%2e%2e%2f%2e%2e%2foutside.c")]
    [InlineData("/buildid/ID/source/etc/passwd")]
    [InlineData("/buildid/ID/source/%00")]
    [InlineData("/buildid/ID/source/")]
    [InlineData("/buildid/ID/section/../../outside.c")]
    [InlineData("/buildid/ID/section/%2e%2e%2foutside.c")]
    [InlineData("/buildid/aa/debuginfo")]
    [InlineData("/buildid/ID")]
    [InlineData("//etc/passwd")]
    [InlineData("http://127.0.0.1/buildid/ID/debuginfo")]
    public void Nothing_but_the_store_can_be_reached(string path)
    {
        var answer = Ask($"GET {path.Replace("ID", TestFiles.Id('a'), StringComparison.Ordinal)} HTTP/1.1");
        Assert.StartsWith("HTTP/1.1 404", answer.Head);
        Assert.DoesNotContain("secret", Encoding.UTF8.GetString(answer.Body));
    }

    [Fact]
    public void Requests_that_make_no_sense_are_bounded()
    {
        Assert.StartsWith("HTTP/1.1 405", Ask("POST / HTTP/1.1").Head);
        Assert.StartsWith("HTTP/1.1 400", Ask("hello").Head);
        Assert.Equal("", Ask($"GET /{new string('x', 100_000)} HTTP/1.1").Head);
        Assert.Equal("", Ask("GET / HTTP/1.1" + string.Concat(Enumerable.Repeat("\r\nX: y", 1000))).Head);
        Assert.StartsWith("HTTP/1.1 200", Ask("GET / HTTP/1.1").Head);
    }

    [Fact]
    public void Clients_that_trickle_requests_shut_nobody_out()
    {
        var clients = Enumerable.Range(0, 20).Select(_ => new TcpClient("127.0.0.1", _server.Address.Port)).ToList();
        foreach (var client in clients)
            Trickle(client, "GET / HTTP/1.1\r\nX: a"u8);
        Assert.Contains(clients, client => client.Client.Poll(2_000_000, SelectMode.SelectRead));
        for (var i = 0; i < 20; i++)
        {
            foreach (var client in clients)
                Trickle(client, "a"u8);
            Assert.StartsWith("HTTP/1.1 200", Ask("GET / HTTP/1.1").Head);
        }
        clients.ForEach(client => client.Dispose());
        var isServed = SpinWait.SpinUntil(
            () => Ask("GET / HTTP/1.1").Head.StartsWith("HTTP/1.1 200", StringComparison.Ordinal), TimeSpan.FromSeconds(10));
        Assert.True(isServed);
    }

    private static void Trickle(TcpClient client, ReadOnlySpan<byte> bytes)
    {
        try
        {
            client.Client.Send(bytes);
        }
        catch (SocketException)
        {
            // It has lost its place.
        }
    }

    [Theory]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n", int.MaxValue)]
    [InlineData("HTTP/1.1 200 OK\r\nX: a", 1)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n", 1)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\n", 1)]
    [InlineData("HTTP/1.1 500 \u001b]0;x\r\n\r\n", 1)]
    public async Task A_server_that_only_plays_is_left(string answer, int times)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var stop = new CancellationTokenSource();
        var playing = Task.Run(async () =>
        {
            using var client = await listener.AcceptTcpClientAsync(stop.Token);
            try
            {
                for (var i = 0; i < times; i++)
                    await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(answer), stop.Token);
                for (; ; await Task.Delay(100, stop.Token))
                    await client.GetStream().WriteAsync("a"u8.ToArray(), stop.Token);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                // It was left.
            }
        });
        var asked = new DebuginfodClient(Settings with
        {
            Servers = [new Uri($"http://{listener.LocalEndpoint}/")],
            Timeout = TimeSpan.FromSeconds(1),
        });
        Assert.Null(asked.FindDebugInfo(TestFiles.Id('a')));
        Assert.Single(asked.Problems);
        await stop.CancelAsync();
        await playing;
        Assert.DoesNotContain(
            Directory.EnumerateFiles(_files["cache"], "*", SearchOption.AllDirectories), file => new FileInfo(file).Length > 0);
    }

    private Uri Url => new($"http://{_server.Address}/");

    private DebuginfodSettings Settings =>
        new() { Servers = [Url], Cache = _files["cache"], Retries = 0, Timeout = TimeSpan.FromSeconds(10) };

    private DebuginfodClient Client() => new(Settings);

    private (string Head, byte[] Body) Ask(string request)
    {
        using var client = new TcpClient("127.0.0.1", _server.Address.Port);
        var stream = client.GetStream();
        using var answer = new MemoryStream();
        try
        {
            stream.Write(Encoding.ASCII.GetBytes($"{request}\r\nConnection: close\r\n\r\n"));
            stream.CopyTo(answer);
        }
        catch (IOException)
        {
            // The server closed the connection on what it doesn't take.
        }
        var bytes = answer.ToArray();
        var end = bytes.AsSpan().IndexOf("\r\n\r\n"u8);
        return end < 0 ? ("", []) : (Encoding.ASCII.GetString(bytes, 0, end + 2), bytes[(end + 4)..]);
    }
}

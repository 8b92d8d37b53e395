using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Panicle.Lab;

/// <summary>Takes files by HTTP PUT into a directory, as a machine's target. It can be told to fail.</summary>
public sealed class HttpServer : IDisposable
{
    private readonly TcpListener _listener;
    private readonly string _directory;
    private int _connections;

    /// <summary>Listens on a free port of the loopback, in the background.</summary>
    /// <param name="directory">Where the files come to lie.</param>
    /// <param name="address">Which address of the loopback; that of IPv4 if null.</param>
    public HttpServer(string directory, IPAddress? address = null)
    {
        _listener = new TcpListener(address ?? IPAddress.Loopback, 0);
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

    /// <summary>Whether it refuses what doesn't say its length, as S3 does.</summary>
    public bool NeedsLength { get; init; }

    /// <summary>What it speaks TLS with; null for plain HTTP.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>A certificate that vouches for itself, for a server at 10.0.2.2 and under a name.</summary>
    public static X509Certificate2 MakeCertificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        names.AddIpAddress(IPAddress.Parse("10.0.2.2"));
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }

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
                using var stream = new BufferedStream(Secured(client.GetStream()));
                var request = ReadLine(stream).Split(' ');
                var path = request[1].Split('?')[0].TrimStart('/');
                long? length = null;
                for (var line = ReadLine(stream); line.Length > 0; line = ReadLine(stream))
                    if (line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
                        length = long.Parse(line.Split(':')[1]);
                if (request[0] == "HEAD")
                {
                    Answer(stream, File.Exists(Path.Combine(_directory, path)) ? "200 OK" : "404 Not Found");
                    return;
                }
                if (length is null && NeedsLength)
                {
                    Answer(stream, "411 Length Required");
                    return;
                }
                Take(stream, Path.Combine(_directory, path), length);
                Answer(stream, "201 Created");
            }
            catch (Exception e)
                when (e is IOException or InvalidDataException or System.Security.Authentication.AuthenticationException)
            {
                // Whoever sent it learns by the missing answer.
            }
        }
    }

    private Stream Secured(Stream stream)
    {
        if (Certificate is null)
            return stream;
        var secured = new SslStream(stream);
        secured.AuthenticateAsServer(Certificate);
        return secured;
    }

    private static void Answer(Stream stream, string status)
    {
        stream.Write(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
        stream.Flush();
    }

    private void Take(Stream stream, string path, long? length)
    {
        var content = new MemoryStream();
        if (length is { } known)
            Copy(stream, content, known);
        else
        {
            for (var size = ChunkSize(stream); size > 0; size = ChunkSize(stream))
            {
                Copy(stream, content, size);
                ReadLine(stream);
            }
            ReadLine(stream); // What is left unread when a socket is closed takes the answer with it.
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

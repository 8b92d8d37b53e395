using System.Text;
using Panicle.Formats.Streams;

namespace Panicle.Formats.Http;

/// <summary>
/// The body of a request while it is being sent, in chunks where its length isn't known (RFC 9112, section 7.1).
/// </summary>
/// <param name="connection">The connection, on which the request's head has been written; closed with this.</param>
/// <param name="length">How many bytes the head has announced, or null if it has announced chunks.</param>
public sealed class HttpBody(Stream connection, long? length) : WriteOnlyStream
{
    private readonly bool _isChunked = length is null;
    private long _written;

    /// <inheritdoc/>
    /// <exception cref="IOException">It is more than was announced.</exception>
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

    /// <summary>Ends it, and reads the head of the server's answer.</summary>
    /// <exception cref="IOException">
    /// It is less than was announced, or the server closes the connection without an answer.
    /// </exception>
    public HttpHead End()
    {
        if (_isChunked)
            connection.Write("0\r\n\r\n"u8);
        else if (_written != length)
            throw new IOException($"{_written} bytes instead of the {length} that were announced");
        connection.Flush();
        return ReadAnswer(new HttpLines(connection));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        connection.Dispose();
    }

    // 1xx is not yet the answer.
    private static HttpHead ReadAnswer(HttpLines lines)
    {
        try
        {
            while (lines.ReadHead() is { } head)
            {
                if (head.Status is not (>= 100 and < 200))
                    return head;
            }
        }
        catch (InvalidDataException e)
        {
            throw new IOException(e.Message, e);
        }
        throw new IOException("the server has closed the connection");
    }
}

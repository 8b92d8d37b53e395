using System.Text;

namespace Panicle.Formats.Http;

/// <summary>The head of an HTTP message (RFC 9112): its first line, and its fields by name.</summary>
/// <param name="First">The request line or the status line.</param>
/// <param name="Fields">The fields; of one that is repeated, the last.</param>
public sealed record HttpHead(string First, IReadOnlyDictionary<string, string> Fields)
{
    /// <summary>The status of an answer, such as 200 or 404; null if the first line isn't a status line of HTTP.</summary>
    public int? Status =>
        First.StartsWith("HTTP/", StringComparison.Ordinal) && First.Split(' ', 3) is [_, var number, ..]
            && int.TryParse(number, out var status)
            ? status
            : null;

    /// <summary>A field's value, or null.</summary>
    public string? this[string name] => Fields.GetValueOrDefault(name);

    /// <summary>A field's value as a number, or null.</summary>
    public long? Number(string name) => long.TryParse(this[name], out var value) && value >= 0 ? value : null;
}

/// <summary>A connection's bytes, read as lines and as data. Lines and heads are bounded.</summary>
public sealed class HttpLines(Stream stream)
{
    private const int MostLineBytes = 16 << 10;
    private const int MostFields = 100;

    private readonly byte[] _buffer = new byte[64 << 10];
    private int _start;
    private int _end;

    /// <summary>Reads a message's head; null if the connection ends before it begins.</summary>
    /// <exception cref="InvalidDataException">It is too long, or it isn't HTTP.</exception>
    public HttpHead? ReadHead()
    {
        var first = ReadLine();
        if (first is null or "")
            return null;
        var fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < MostFields; i++)
        {
            var line = ReadLine() ?? throw new InvalidDataException("the connection ended within a head");
            if (line.Length == 0)
                return new HttpHead(first, fields);
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
                fields[line[..colon].Trim()] = line[(colon + 1)..].Trim();
        }
        throw new InvalidDataException("a head with too many fields");
    }

    /// <summary>Reads a line without its end; null at the end of the connection.</summary>
    public string? ReadLine()
    {
        var line = new List<byte>();
        while (true)
        {
            if (_start == _end && !Fill())
                return line.Count == 0 ? null : throw new InvalidDataException("the connection ended within a line");
            var chunk = _buffer.AsSpan(_start, _end - _start);
            var end = chunk.IndexOf((byte)'\n');
            line.AddRange(end < 0 ? chunk : chunk[..end]);
            _start += end < 0 ? chunk.Length : end + 1;
            if (line.Count > MostLineBytes)
                throw new InvalidDataException("a line of more than 16 KB");
            if (end >= 0)
                return Encoding.Latin1.GetString([.. line]).TrimEnd('\r');
        }
    }

    /// <summary>Reads some bytes; 0 at the end of the connection.</summary>
    public int Read(Span<byte> buffer)
    {
        if (_start == _end)
            return stream.Read(buffer);
        var count = Math.Min(buffer.Length, _end - _start);
        _buffer.AsSpan(_start, count).CopyTo(buffer);
        _start += count;
        return count;
    }

    private bool Fill()
    {
        _start = 0;
        _end = stream.Read(_buffer);
        return _end > 0;
    }
}

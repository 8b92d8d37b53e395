using System.Text;
using Panicle.Formats.Compression;
using Panicle.Formats.Streams;

namespace Panicle.Logs.Reading;

/// <summary>Looks at the first bytes of a log, unpacked, before it is read; throws to refuse it.</summary>
/// <param name="path">The file, or <c>-</c>.</param>
/// <param name="start">Its first bytes.</param>
public delegate void LogCheck(string path, ReadOnlySpan<byte> start);

/// <summary>
/// Opens a log, whatever it is packed with: gzip, xz, zstd, bzip2 and the others of <see cref="Packed"/>, told by its first
/// bytes; and whatever its letters are: UTF-16 and UTF-32 become UTF-8, and lines that end with a carriage return alone end as
/// others do. Where the packed bytes are damaged or end too early,
/// reading is an <see cref="InvalidDataException"/> behind what could be unpacked.
/// </summary>
public static class LogInput
{
    // A block: what a file is shows in it, and a line ends in it.
    private const int HeadBytes = 4096;

    /// <summary>The text in a file, which is opened and read once; <c>-</c> is standard input.</summary>
    /// <exception cref="IOException">The file can't be read, or the library that unpacks it isn't installed.</exception>
    public static Stream Open(string path) => Open(path, null).Stream;

    /// <summary>
    /// The text of one log in several files, one after the other; the parts that pstore cut it into are put into their order.
    /// </summary>
    /// <param name="paths">The files.</param>
    /// <param name="check">Refuses what is no log, or null.</param>
    public static Stream OpenAll(IReadOnlyList<string> paths, LogCheck? check = null)
    {
        var opened = OpenEach(paths, check);
        var streams = opened.ConvertAll(one => one.Stream);
        if (!opened.All(one => PstoreRecord.IsAt(Encoding.Latin1.GetString(one.Head.AsSpan(0, Math.Min(one.Head.Length, 64))))))
            return streams.Count == 1 ? streams[0] : new JoinedStream(default, streams);
        var texts = streams.ConvertAll(ReadText);
        return new MemoryStream(Encoding.UTF8.GetBytes(PstoreRecord.Join(texts) ?? string.Concat(texts)));
    }

    private static List<(Stream Stream, byte[] Head)> OpenEach(IReadOnlyList<string> paths, LogCheck? check)
    {
        var opened = new List<(Stream Stream, byte[] Head)>();
        try
        {
            foreach (var path in paths)
                opened.Add(Open(path, check));
            return opened;
        }
        catch
        {
            opened.ForEach(one => one.Stream.Dispose());
            throw;
        }
    }

    private static (Stream Stream, byte[] Head) Open(string path, LogCheck? check)
    {
        var file = path == "-"
            ? Console.OpenStandardInput()
            : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        try
        {
            var (stream, head) = Peek(Packed.Open(file));
            check?.Invoke(path, head);
            if (TextEncoding(head) is { } encoding)
                (stream, head) = Peek(Encoding.CreateTranscodingStream(stream, encoding, Encoding.UTF8));
            return head.Contains((byte)'\r') && !head.Contains((byte)'\n')
                ? (new CarriageReturns(stream), head)
                : (stream, head);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    // A byte order mark tells it; without one, the zeros between the letters of ASCII do.
    private static Encoding? TextEncoding(ReadOnlySpan<byte> head)
    {
        const int Enough = 32;
        if (head.StartsWith((ReadOnlySpan<byte>)[0xff, 0xfe, 0, 0]))
            return Encoding.UTF32;
        if (head.StartsWith((ReadOnlySpan<byte>)[0xff, 0xfe]))
            return Encoding.Unicode;
        if (head.StartsWith((ReadOnlySpan<byte>)[0xfe, 0xff]))
            return Encoding.BigEndianUnicode;
        if (head.Length < Enough)
            return null;
        var (even, odd) = (0, 0);
        for (var i = 0; i + 1 < Enough; i += 2)
        {
            even += head[i] == 0 ? 1 : 0;
            odd += head[i + 1] == 0 ? 1 : 0;
        }
        return (even, odd) switch
        {
            (0, >= Enough / 2 - 1) => Encoding.Unicode,
            ( >= Enough / 2 - 1, 0) => Encoding.BigEndianUnicode,
            _ => null,
        };
    }

    // What comes before a damage is read first, however little it is.
    internal static (Stream Stream, byte[] Head) Peek(Stream stream, int most = HeadBytes)
    {
        var head = new byte[most];
        var length = 0;
        InvalidDataException? damage = null;
        try
        {
            while (length < head.Length && stream.Read(head.AsSpan(length)) is > 0 and var read)
                length += read;
        }
        catch (InvalidDataException e) when (length > 0)
        {
            damage = e;
        }
        Array.Resize(ref head, length);
        return (new JoinedStream(head, damage is null ? [stream] : [new DamagedStream(damage, stream)]), head);
    }

    private static string ReadText(Stream stream)
    {
        var text = new MemoryStream();
        try
        {
            stream.CopyTo(text);
        }
        catch (InvalidDataException) when (text.Length > 0)
        {
            text.Write("\n"u8);
        }
        return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
    }

    // Behind what could be unpacked.
    private sealed class DamagedStream(InvalidDataException damage, Stream stream) : ReadOnlyStream
    {
        public override int Read(Span<byte> buffer) => throw new InvalidDataException(damage.Message, damage);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                stream.Dispose();
            base.Dispose(disposing);
        }
    }

    // Lines as a terminal's capture may have them.
    private sealed class CarriageReturns(Stream stream) : ReadOnlyStream
    {
        public override int Read(Span<byte> buffer)
        {
            var read = stream.Read(buffer);
            buffer[..read].Replace((byte)'\r', (byte)'\n');
            return read;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                stream.Dispose();
            base.Dispose(disposing);
        }
    }
}

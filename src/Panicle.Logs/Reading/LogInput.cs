using System.Text;
using Panicle.Formats.Compression;
using Panicle.Formats.Streams;

namespace Panicle.Logs.Reading;

/// <summary>
/// Opens a log, whatever it is packed with: gzip, xz, zstd, bzip2 and the others of <see cref="Packed"/>, told by its first
/// bytes. Where the packed bytes are damaged or end too early,
/// reading is an <see cref="InvalidDataException"/> behind what could be unpacked.
/// </summary>
public static class LogInput
{
    /// <summary>The text in a file; <c>-</c> is standard input.</summary>
    /// <exception cref="IOException">The file can't be read, or the library that unpacks it isn't installed.</exception>
    public static Stream Open(string path)
    {
        if (path != "-")
            return Packed.Open(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0));
        return Packed.Open(Console.OpenStandardInput());
    }

    /// <summary>
    /// The text of one log in several files, one after the other; the parts that pstore cut it into are put into their order.
    /// </summary>
    public static Stream OpenAll(IReadOnlyList<string> paths)
    {
        var streams = paths.Select(Open).ToList();
        var heads = streams.ConvertAll(Peek);
        var joined = heads.ConvertAll(head => head.Stream);
        if (!heads.All(head => PstoreRecord.IsAt(head.Text)))
            return joined.Count == 1 ? joined[0] : new JoinedStream(default, joined);
        var texts = joined.ConvertAll(ReadText);
        return new MemoryStream(Encoding.UTF8.GetBytes(PstoreRecord.Join(texts) ?? string.Concat(texts)));
    }

    private static (string Text, Stream Stream) Peek(Stream stream)
    {
        var head = new byte[64];
        var length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        return (Encoding.Latin1.GetString(head, 0, length), new JoinedStream(head.AsMemory(0, length), [stream]));
    }

    private static string ReadText(Stream stream)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}

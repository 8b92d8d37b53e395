using System.Buffers.Binary;

namespace Panicle.Dumps.Writing;

/// <summary>
/// A dump that is written as a flattened stream (makedumpfile's IMPLEMENTATION file): a header of 4096 bytes, then
/// records of big-endian offset and size with their data, ended by −1/−1. For pipes and whatever else can't seek.
/// </summary>
public sealed class FlattenedOutput : IDumpOutput
{
    private const int HeaderSize = 4096;

    private readonly Stream _stream;

    /// <summary>Starts the stream. It is not closed at the end.</summary>
    public FlattenedOutput(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _stream = stream;
        var header = new byte[HeaderSize];
        "makedumpfile"u8.CopyTo(header);
        BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(16), 1); // type
        BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(24), 1); // version
        stream.Write(header);
    }

    /// <inheritdoc/>
    public bool IsSparse => true;

    /// <inheritdoc/>
    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return;
        WriteMark(offset, bytes.Length);
        _stream.Write(bytes);
    }

    /// <inheritdoc/>
    public void Reserve(long size)
    {
    }

    /// <inheritdoc/>
    public void Complete()
    {
        WriteMark(-1, -1);
        _stream.Flush();
        if (_stream is FileStream file)
            file.Flush(flushToDisk: true);
    }

    private void WriteMark(long offset, long size)
    {
        Span<byte> mark = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(mark, offset);
        BinaryPrimitives.WriteInt64BigEndian(mark[8..], size);
        _stream.Write(mark);
    }
}

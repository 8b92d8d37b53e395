using Panicle.Formats.Streams;

namespace Panicle.Formats.Archives;

/// <summary>The next bytes of an archive, as a stream that ends with the entry.</summary>
internal sealed class EntryStream(Stream archive, long length) : ReadOnlyStream
{
    private readonly long _length = length;
    private long _left = length;

    public override long Length => _length;

    public override long Position { get => _length - _left; set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        if (_left == 0 || buffer.IsEmpty)
            return 0;
        var read = archive.Read(buffer[..(int)Math.Min(buffer.Length, _left)]);
        if (read == 0)
            throw new InvalidDataException("the archive ends too early");
        _left -= read;
        return read;
    }

    /// <summary>Passes over what wasn't read, and over the padding behind it.</summary>
    public void Finish(long padding)
    {
        Skip(archive, _left + padding);
        _left = 0;
    }

    public static void Skip(Stream stream, long count)
    {
        if (stream.CanSeek)
        {
            stream.Position += count;
            return;
        }
        var waste = new byte[1 << 16];
        while (count > 0)
        {
            var read = stream.Read(waste, 0, (int)Math.Min(count, waste.Length));
            if (read == 0)
                throw new InvalidDataException("the archive ends too early");
            count -= read;
        }
    }
}

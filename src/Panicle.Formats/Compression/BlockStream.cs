using Panicle.Formats.Streams;

namespace Panicle.Formats.Compression;

/// <summary>A stream of blocks that are compressed each on its own: the kernel's lz4 and lzo.</summary>
internal abstract class BlockStream(Stream source) : ReadOnlyStream
{
    private ArraySegment<byte> _block = ArraySegment<byte>.Empty;
    private bool _ended;

    protected Stream Source => source;

    public override int Read(Span<byte> buffer)
    {
        while (_block.Count == 0 && !_ended)
        {
            var next = ReadBlock();
            _ended = next is null;
            _block = next ?? ArraySegment<byte>.Empty;
        }
        var count = Math.Min(buffer.Length, _block.Count);
        _block.AsSpan(0, count).CopyTo(buffer);
        _block = _block[count..];
        return count;
    }

    /// <summary>Decodes the next block; null at the end.</summary>
    protected abstract ArraySegment<byte>? ReadBlock();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            source.Dispose();
        base.Dispose(disposing);
    }
}

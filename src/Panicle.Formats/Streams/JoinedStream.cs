namespace Panicle.Formats.Streams;

/// <summary>Streams one after the other, which it owns, behind bytes that were read already (to see what is in them).</summary>
/// <param name="head">The bytes that come first; may be empty.</param>
/// <param name="rest">The streams.</param>
public sealed class JoinedStream(ReadOnlyMemory<byte> head, IReadOnlyList<Stream> rest) : ReadOnlyStream
{
    private ReadOnlyMemory<byte> _head = head;
    private int _current;

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty)
            return 0; // It would look like the end of each stream.
        while (_head.Length == 0)
        {
            if (_current == rest.Count)
                return 0;
            if (rest[_current].Read(buffer) is > 0 and var read)
                return read;
            _current++;
        }
        var count = Math.Min(buffer.Length, _head.Length);
        _head.Span[..count].CopyTo(buffer);
        _head = _head[count..];
        return count;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (var stream in rest)
                stream.Dispose();
        }
        base.Dispose(disposing);
    }
}

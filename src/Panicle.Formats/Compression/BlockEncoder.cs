namespace Panicle.Formats.Compression;

/// <summary>
/// Compresses blocks of at most 64 KB (a dump's pages), one after another. Each thread has one of its own: encoders keep tables
/// between blocks so that nothing is set up for each.
/// </summary>
public abstract class BlockEncoder : IDisposable
{
    /// <summary>
    /// Bytes that an output buffer must have beyond the block's own, for the largest that doesn't get smaller: snappy wants most.
    /// </summary>
    public const int Slack = MatchFinder.MostBytes / 6 + 32;

    /// <summary>Compresses a block by itself: it can be decoded without the others.</summary>
    /// <param name="block">At most 64 KB.</param>
    /// <param name="output">At least <see cref="Slack"/> bytes longer than the block.</param>
    /// <returns>
    /// Bytes written; as many as the block has, or more, where it doesn't get smaller: then the output is not to be used.
    /// </returns>
    public abstract int Encode(ReadOnlySpan<byte> block, Span<byte> output);

    /// <summary>Frees the memory that a native library holds for the encoder.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the memory that a native library holds for the encoder.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}

namespace Panicle.Dumps.Writing;

/// <summary>
/// Where a dump is written: bytes at offsets, one write at a time, if not always by the same thread. Each byte may be written
/// again later; then the last writing counts.
/// </summary>
public interface IDumpOutput
{
    /// <summary>Writes all of the bytes at an offset from the dump's begin, which may lie past what was written so far.</summary>
    /// <exception cref="IOException">The device is full or fails.</exception>
    void Write(long offset, ReadOnlySpan<byte> bytes);

    /// <summary>
    /// Whether bytes that were never written read as zero: in a file, and not on a disk that held something else.
    /// </summary>
    bool IsSparse { get; }

    /// <summary>
    /// Prepares the first <paramref name="size"/> bytes: they read as zero,
    /// and there is room for them where the target can promise that.
    /// </summary>
    /// <exception cref="IOException">There is not.</exception>
    void Reserve(long size);

    /// <summary>The dump is whole: nothing more will be written. Comes back once it is safely stored.</summary>
    void Complete();
}

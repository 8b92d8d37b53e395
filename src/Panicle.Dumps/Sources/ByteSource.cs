namespace Panicle.Dumps.Sources;

/// <summary>
/// Random-access bytes that a dump format is read from: a file, or the file that a flattened stream stands for.
/// Formats read through this and don't care which it is. Thread-safe. Reading never throws for what is in the file
/// or for errors of the device below it: it comes back short.
/// </summary>
internal abstract class ByteSource : IDisposable
{
    /// <summary>The path as the user gave it, for messages.</summary>
    public abstract string Path { get; }

    /// <summary>One past the last byte; <see cref="long.MaxValue"/> for a live file whose length says nothing.</summary>
    public abstract long Length { get; }

    /// <summary>Whether bytes before <see cref="Length"/> are known to be missing because writing stopped early.</summary>
    public virtual bool IsTruncated => false;

    /// <summary>What the operating system last said when a read failed, or null while none has.</summary>
    public virtual string? LastError => null;

    /// <summary>
    /// Reads bytes from <paramref name="offset"/>; returns how many could be had, fewer than asked for only where the
    /// file ends, where bytes are missing, or where the device fails.
    /// </summary>
    public abstract int Read(long offset, Span<byte> buffer);

    /// <summary>Lends bytes where they lie, without a copy, if the source has them in memory.</summary>
    public virtual BorrowedBytes Borrow(long offset, int length) => default;

    /// <summary>
    /// The next run of bytes, at or after an offset, that the file system keeps anything for; outside of them a sparse file has
    /// holes, which read as zeros. All that is left where that can't be told; null if there are none any more.
    /// </summary>
    public virtual (long Start, long End)? NextData(long offset) => offset < Length ? (offset, Length) : null;

    /// <summary>Fills the whole buffer, or returns false.</summary>
    public bool TryFill(long offset, Span<byte> buffer) => offset >= 0 && Read(offset, buffer) == buffer.Length;

    /// <summary>Whether the range lies before the end of the file.</summary>
    public bool Holds(long offset, long size) => offset >= 0 && size >= 0 && offset <= Length && size <= Length - offset;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);
}

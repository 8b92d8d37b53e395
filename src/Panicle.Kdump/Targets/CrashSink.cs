namespace Panicle.Kdump.Targets;

/// <summary>
/// A place that takes the files of one crash, one after the other. Whoever saves a crash writes to this and knows nothing of
/// disks and servers. A file has a name that ends in "-incomplete" until it is finished, where the place has names.
/// </summary>
public abstract class CrashSink : IDisposable
{
    /// <summary>The place, for people.</summary>
    public abstract string Description { get; }

    /// <summary>How many bytes there is room for; null if that can't be known.</summary>
    public virtual ulong? Free => null;

    /// <summary>Whether the place takes nothing whose length it isn't told beforehand.</summary>
    public virtual bool NeedsLength => false;

    /// <summary>
    /// Where a file lies, for places that are file systems: there files can be written in any order. Null for others, which take
    /// one stream after the other, and dumps in flattened form.
    /// </summary>
    public virtual string? PathOf(string name) => null;

    /// <summary>Begins a file of the crash; it counts once <see cref="Finish"/> has been called for it.</summary>
    /// <param name="name">Its final name, without a directory.</param>
    /// <param name="length">How long it will be, in bytes, where that is known: some servers want to be told.</param>
    /// <exception cref="IOException">The place doesn't take it.</exception>
    public abstract Stream Create(string name, long? length = null);

    /// <summary>
    /// Ends a file: everything is on the disk or with the server, and it has its final name. Closes the stream.
    /// </summary>
    /// <exception cref="IOException">That didn't work.</exception>
    public abstract void Finish(string name, Stream stream);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Lets go of the place.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}

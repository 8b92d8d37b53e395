namespace Panicle.Dumps.Writing;

/// <summary>How a format lays pages out in its file or files.</summary>
internal abstract class DumpFormatWriter
{
    /// <summary>The ranges of frames that go to different files, ascending: one for an unsplit dump.</summary>
    public abstract IReadOnlyList<(ulong First, ulong End)> Parts { get; }

    /// <summary>Flags that compressed pages have in this format.</summary>
    public abstract uint PageFlags { get; }

    /// <summary>Whether pages with the same content can share what is stored.</summary>
    public abstract bool SharesPages { get; }

    /// <summary>
    /// Whether pages can be written in any order: whether it shows, in a file that is cut off, which of them never came. Else
    /// batches come in theirs.
    /// </summary>
    public abstract bool TakesAnyOrder { get; }

    /// <summary>The frames among which a page's number in its file is counted; null where pages have none.</summary>
    public virtual PageSet? Listed => null;

    /// <summary>Writes what comes before the pages. From here on the file opens as an incomplete dump.</summary>
    public abstract void Begin();

    /// <summary>Finds the place of a batch's pages; called for one batch at a time.</summary>
    /// <returns>The place, for <see cref="Write"/>.</returns>
    public abstract long Place(PageBatch batch);

    /// <summary>Writes a batch at its place; called for one batch at a time, in the order of their places.</summary>
    public abstract void Write(PageBatch batch, long place);

    /// <summary>All pages are written.</summary>
    /// <param name="lost">Whether some could not be read.</param>
    public abstract void Finish(bool lost);
}

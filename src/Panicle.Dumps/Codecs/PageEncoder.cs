using Panicle.Dumps.Writing;

namespace Panicle.Dumps.Codecs;

/// <summary>
/// Compresses pages, one after another. Each thread has one of its own: they keep tables between pages so that nothing is
/// set up for each.
/// </summary>
internal abstract class PageEncoder : IDisposable
{
    /// <summary>Room that an output buffer must have beyond the page's own size, for the largest page that doesn't get smaller: snappy wants most.</summary>
    public const int Slack = MatchFinder.MostBytes / 6 + 32;

    /// <summary>Makes an encoder; null for no compression.</summary>
    /// <exception cref="DumpException">This machine lacks the library that it takes.</exception>
    public static PageEncoder? Create(DumpCompression compression) => compression switch
    {
        DumpCompression.None => null,
        DumpCompression.Zlib => new ZlibEncoder(),
        DumpCompression.Lzo => new LzoEncoder(),
        DumpCompression.Snappy => new SnappyEncoder(),
        DumpCompression.Zstd => new ZstdEncoder(),
        _ => throw new ArgumentOutOfRangeException(nameof(compression)),
    };

    /// <summary>Compresses a page.</summary>
    /// <param name="page">The page; at most 64 KB.</param>
    /// <param name="output">At least <see cref="Slack"/> bytes longer than the page.</param>
    /// <returns>Bytes written; as many as the page has, or more, where it doesn't get smaller: then the output is not to be used.</returns>
    public abstract int Encode(ReadOnlySpan<byte> page, Span<byte> output);

    /// <summary>Frees what the library holds.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the library holds.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}

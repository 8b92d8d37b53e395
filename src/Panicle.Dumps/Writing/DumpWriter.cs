namespace Panicle.Dumps.Writing;

/// <summary>The form of a written dump.</summary>
public enum DumpFormat
{
    /// <summary>kdump-compressed (diskdump), header version 6: a bitmap, a descriptor for each page, packed pages.</summary>
    Kdump,

    /// <summary>An ELF core file of 64 bits, its pages as they are: one PT_LOAD segment for each run of pages.</summary>
    Elf,
}

/// <summary>How far writing a dump has come.</summary>
/// <param name="Pages">Pages done.</param>
/// <param name="Total">Pages in all.</param>
/// <param name="Bytes">Bytes of page data written.</param>
public readonly record struct WriteProgress(long Pages, long Total, long Bytes);

/// <summary>What writing a dump came to.</summary>
/// <param name="Pages">Pages in the dump, those of zeros included.</param>
/// <param name="ZeroPages">Those of them that are all zeros.</param>
/// <param name="LostPages">Pages that could not be read and are marked as missing.</param>
/// <param name="Bytes">Bytes of page data written.</param>
/// <param name="FirstLoss">Why the first lost page could not be read, or null.</param>
public sealed record WriteResult(long Pages, long ZeroPages, long LostPages, long Bytes, string? FirstLoss);

/// <summary>How a dump is written; without a word, kdump-compressed with zstd by one thread.</summary>
public sealed record DumpWriteOptions
{
    /// <summary>The form of the file that is written.</summary>
    public DumpFormat Format { get; init; } = DumpFormat.Kdump;

    /// <summary>How its pages are compressed; ELF files have none of it.</summary>
    public DumpCompression Compression { get; init; } = DumpCompression.Zstd;

    /// <summary>How many threads read and compress.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Changes pages on their way: the frame and its bytes. Called from several threads.</summary>
    public PageEdit? Edit { get; init; }

    /// <summary>Is told now and then how far it has come, by one thread at a time.</summary>
    public Action<WriteProgress>? Progress { get; init; }
}

/// <summary>Changes a page before it is written.</summary>
/// <param name="frame">Its frame.</param>
/// <param name="page">Its bytes.</param>
public delegate void PageEdit(ulong frame, Span<byte> page);

/// <summary>Writes dumps: pages from an open dump, in any of the formats, with as many threads as are wanted.</summary>
public static class DumpWriter
{
    /// <summary>Writes a dump. The outputs are not completed: the caller does that.</summary>
    /// <param name="source">Where the pages come from.</param>
    /// <param name="content">Which pages, and what else.</param>
    /// <param name="options">How.</param>
    /// <param name="outputs">Where to: one output, or several for a split dump.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="IOException">An output is full or fails. What was written so far opens as an incomplete dump.</exception>
    public static WriteResult Write(
        DumpFile source, DumpContent content, DumpWriteOptions options, IReadOnlyList<IDumpOutput> outputs,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(content);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(outputs);
        DumpFormatWriter writer = options.Format == DumpFormat.Elf
            ? new ElfFormatWriter(content, outputs.Single())
            : new KdumpFormatWriter(content, options.Compression, outputs);
        var compression = options.Format == DumpFormat.Elf ? DumpCompression.None : options.Compression;
        PageCodec.CreateEncoder(compression)?.Dispose(); // A library that is missing is to be missed before anything is written.
        var pump = new PagePump(source, content, writer, options with { Compression = compression }, cancellation);
        writer.Begin();
        var result = pump.Run();
        writer.Finish(result.LostPages > 0);
        return result;
    }
}

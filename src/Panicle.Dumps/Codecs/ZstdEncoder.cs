using System.Runtime.InteropServices;

namespace Panicle.Dumps.Codecs;

/// <summary>Zstandard frames (RFC 8878) by the system's libzstd, at its fastest ordinary level.</summary>
internal sealed unsafe partial class ZstdEncoder : PageEncoder
{
    private const string Library = "libzstd.so.1";
    private const int Level = 1;

    private readonly nint _context;

    public ZstdEncoder()
    {
        if (ZstdDecoder.Missing is { } missing)
            throw new DumpException($"zstd can't be used: {missing}; --compress zlib, lzo or snappy needs nothing.");
        _context = ZSTD_createCCtx();
        if (_context == 0)
            throw new InsufficientMemoryException("libzstd has no memory for an encoding context.");
    }

    public override int Encode(ReadOnlySpan<byte> page, Span<byte> output)
    {
        fixed (byte* from = page)
        fixed (byte* to = output)
        {
            var size = ZSTD_compressCCtx(_context, to, (nuint)output.Length, from, (nuint)page.Length, Level);
            return size <= (nuint)output.Length ? (int)size : page.Length;
        }
    }

    protected override void Dispose(bool disposing)
    {
        _ = ZSTD_freeCCtx(_context);
        base.Dispose(disposing);
    }

    [LibraryImport(Library)]
    private static partial nint ZSTD_createCCtx();

    [LibraryImport(Library)]
    private static partial nuint ZSTD_freeCCtx(nint context);

    /// <summary>Errors come back as sizes near the top of the type's range.</summary>
    [LibraryImport(Library)]
    private static partial nuint ZSTD_compressCCtx(nint context, byte* output, nuint capacity, byte* input, nuint size, int level);
}

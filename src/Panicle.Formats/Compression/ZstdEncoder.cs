namespace Panicle.Formats.Compression;

/// <summary>
/// Zstandard frames at libzstd's fastest ordinary level. <see cref="Zstd.Missing"/> says whether there can be one.
/// </summary>
public sealed unsafe class ZstdEncoder : BlockEncoder
{
    private const int Level = 1;

    private readonly nint _context;

    /// <summary>Takes memory from libzstd, which <see cref="BlockEncoder.Dispose()"/> gives back.</summary>
    /// <exception cref="InsufficientMemoryException">libzstd has no memory.</exception>
    public ZstdEncoder()
    {
        _context = Zstd.ZSTD_createCCtx();
        if (_context == 0)
            throw new InsufficientMemoryException("libzstd has no memory for an encoding context.");
    }

    /// <inheritdoc/>
    public override int Encode(ReadOnlySpan<byte> block, Span<byte> output)
    {
        fixed (byte* from = block)
        fixed (byte* to = output)
        {
            var size = Zstd.ZSTD_compressCCtx(_context, to, (nuint)output.Length, from, (nuint)block.Length, Level);
            return size <= (nuint)output.Length ? (int)size : block.Length;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _ = Zstd.ZSTD_freeCCtx(_context);
        base.Dispose(disposing);
    }
}

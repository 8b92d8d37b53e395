namespace Panicle.Formats.Compression;

/// <summary>Decodes Zstandard frames (RFC 8878), one or several in a row, with the system's libzstd.</summary>
public sealed unsafe class ZstdStream : DecoderStream
{
    private readonly nint _context;
    private bool _isBetweenFrames;

    /// <summary>Makes a decoder, which owns the stream.</summary>
    /// <param name="source">The frames.</param>
    /// <exception cref="IOException">libzstd isn't installed.</exception>
    /// <exception cref="InsufficientMemoryException">libzstd has no memory.</exception>
    public ZstdStream(Stream source) : base(source)
    {
        if (Zstd.Missing is { } missing)
            throw new IOException($"the file is compressed with zstd, and {missing}");
        _context = Zstd.ZSTD_createDCtx();
        if (_context == 0)
            throw new InsufficientMemoryException("libzstd has no memory for a decoder.");
    }

    /// <inheritdoc/>
    protected override Step Decode(ReadOnlySpan<byte> input, Span<byte> output, bool inputEnds)
    {
        if (input.IsEmpty && inputEnds && _isBetweenFrames)
            return new(0, 0, true);
        fixed (byte* from = input)
        fixed (byte* to = output)
        {
            var source = new Zstd.Buffer { Start = from, Size = (nuint)input.Length };
            var target = new Zstd.Buffer { Start = to, Size = (nuint)output.Length };
            var left = Zstd.ZSTD_decompressStream(_context, &target, &source);
            var damage = Zstd.ZSTD_isError(left) != 0 ? "the zstd data is broken" : null;
            _isBetweenFrames = left == 0;
            return new((int)source.Position, (int)target.Position, IsEnd: false, damage);
        }
    }

    /// <inheritdoc/>
    protected override void Free() => _ = Zstd.ZSTD_freeDCtx(_context);
}

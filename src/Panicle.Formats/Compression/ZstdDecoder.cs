namespace Panicle.Formats.Compression;

/// <summary>Decodes Zstandard data that is in memory as a whole. Each thread keeps one decoding context.</summary>
public static class ZstdDecoder
{
    [ThreadStatic]
    private static ContextHandle? _context;

    /// <summary>
    /// Decodes a whole stream; returns the number of bytes written, or −1 if the stream is broken or too long for the output.
    /// </summary>
    public static unsafe int Decode(ReadOnlySpan<byte> input, Span<byte> output)
    {
        if (Zstd.Missing is not null)
            return -1;
        var context = _context ??= new ContextHandle();
        fixed (byte* from = input)
        fixed (byte* to = output)
        {
            var written = Zstd.ZSTD_decompressDCtx(context.Pointer, to, (nuint)output.Length, from, (nuint)input.Length);
            return written <= (nuint)output.Length ? (int)written : -1;
        }
    }

    /// <summary>Frees a thread's context once the thread is gone.</summary>
    private sealed class ContextHandle
    {
        public ContextHandle()
        {
            Pointer = Zstd.ZSTD_createDCtx();
            if (Pointer == 0)
                throw new InsufficientMemoryException("libzstd has no memory for a decoding context.");
        }

        ~ContextHandle() => _ = Zstd.ZSTD_freeDCtx(Pointer);

        public nint Pointer { get; }
    }
}

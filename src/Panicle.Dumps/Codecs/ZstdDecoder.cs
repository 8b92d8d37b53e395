using System.Runtime.InteropServices;

namespace Panicle.Dumps.Codecs;

/// <summary>Decodes Zstandard frames (RFC 8878) with the system's libzstd. Each thread keeps one decoding context.</summary>
internal static partial class ZstdDecoder
{
    private const string Library = "libzstd.so.1";

    [ThreadStatic]
    private static ContextHandle? _context;

    /// <summary>Why zstd pages can't be decoded on this machine, or null if they can.</summary>
    public static string? Missing { get; } = FindMissing();

    /// <summary>Decodes a whole stream; returns the number of bytes written, or −1 if the stream is broken or too long for the output.</summary>
    public static unsafe int Decode(ReadOnlySpan<byte> input, Span<byte> output)
    {
        if (Missing is not null)
            return -1;
        var context = _context ??= new ContextHandle();
        fixed (byte* from = input)
        fixed (byte* to = output)
        {
            var written = ZSTD_decompressDCtx(context.Pointer, to, (nuint)output.Length, from, (nuint)input.Length);
            return written <= (nuint)output.Length ? (int)written : -1;
        }
    }

    private static string? FindMissing()
    {
        try
        {
            return ZSTD_versionNumber() > 0 ? null : "libzstd.so.1 is too old";
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException)
        {
            return "libzstd.so.1 isn't installed; Debian and Ubuntu have it in the package libzstd1";
        }
    }

    [LibraryImport(Library)]
    private static partial uint ZSTD_versionNumber();

    [LibraryImport(Library)]
    private static partial nint ZSTD_createDCtx();

    [LibraryImport(Library)]
    private static partial nuint ZSTD_freeDCtx(nint context);

    /// <summary>Errors come back as sizes near the top of the type's range.</summary>
    [LibraryImport(Library)]
    private static unsafe partial nuint ZSTD_decompressDCtx(nint context, byte* output, nuint capacity, byte* input, nuint size);

    /// <summary>Frees a thread's context once the thread is gone.</summary>
    private sealed class ContextHandle
    {
        public ContextHandle()
        {
            Pointer = ZSTD_createDCtx();
            if (Pointer == 0)
                throw new InsufficientMemoryException("libzstd has no memory for a decoding context.");
        }

        ~ContextHandle() => _ = ZSTD_freeDCtx(Pointer);

        public nint Pointer { get; }
    }
}

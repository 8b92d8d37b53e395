using System.Runtime.InteropServices;

namespace Panicle.Formats.Compression;

/// <summary>
/// The binding of libzstd, which the system has: Zstandard frames (RFC 8878). Sizes that a function returns are errors where
/// they lie near the top of the type's range.
/// </summary>
public static unsafe partial class Zstd
{
    private const string Library = "libzstd.so.1";

    /// <summary>Why this machine can do nothing with zstd, as a clause for a person, or null if it can.</summary>
    public static string? Missing { get; } = FindMissing();

    /// <summary><c>ZSTD_inBuffer</c> and <c>ZSTD_outBuffer</c>, which have the same layout.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Buffer
    {
        public byte* Start;
        public nuint Size;
        public nuint Position;
    }

    [LibraryImport(Library)]
    internal static partial nint ZSTD_createCCtx();

    [LibraryImport(Library)]
    internal static partial nuint ZSTD_freeCCtx(nint context);

    [LibraryImport(Library)]
    internal static partial nuint ZSTD_compressCCtx(
        nint context, byte* output, nuint capacity, byte* input, nuint size, int level);

    [LibraryImport(Library)]
    internal static partial nuint ZSTD_compressBound(nuint size);

    [LibraryImport(Library)]
    internal static partial nint ZSTD_createDCtx();

    [LibraryImport(Library)]
    internal static partial nuint ZSTD_freeDCtx(nint context);

    [LibraryImport(Library)]
    internal static partial nuint ZSTD_decompressDCtx(nint context, byte* output, nuint capacity, byte* input, nuint size);

    // A ZSTD_DStream is a ZSTD_DCtx (zstd.h, since 1.3.0): it is made and freed as one.
    [LibraryImport(Library)]
    internal static partial nuint ZSTD_decompressStream(nint context, Buffer* output, Buffer* input);

    [LibraryImport(Library)]
    internal static partial uint ZSTD_isError(nuint code);

    [LibraryImport(Library)]
    private static partial uint ZSTD_versionNumber();

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
}

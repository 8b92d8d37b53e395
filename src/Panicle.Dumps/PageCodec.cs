using Panicle.Dumps.Writing;
using Panicle.Formats.Compression;

namespace Panicle.Dumps;

/// <summary>
/// The flags of a page descriptor and of a kdump header's status that name a compression
/// (makedumpfile's diskdump_mod.h: DUMP_DH_COMPRESSED_*). No flag means that the page is stored as it is.
/// </summary>
internal static class PageCodec
{
    public const uint Zlib = 0x1;
    public const uint Lzo = 0x2;
    public const uint Snappy = 0x4;
    public const uint Zstd = 0x20;

    private const uint All = Zlib | Lzo | Snappy | Zstd;

    /// <summary>The compression's name, "uncompressed", or null where the flags name none or several.</summary>
    public static string? NameOf(uint flags) => (flags & All) switch
    {
        0 => "uncompressed",
        Zlib => "zlib",
        Lzo => "lzo",
        Snappy => "snappy",
        Zstd => "zstd",
        _ => null,
    };

    /// <summary>Whether a page descriptor's flags are ones that a writer makes.</summary>
    public static bool IsKnown(uint flags) => (flags & ~All) == 0 && NameOf(flags) is not null;

    /// <summary>Makes an encoder for pages; null for no compression.</summary>
    /// <exception cref="DumpException">This machine lacks the library that it takes.</exception>
    public static BlockEncoder? CreateEncoder(DumpCompression compression) => compression switch
    {
        DumpCompression.None => null,
        DumpCompression.Zlib => new ZlibEncoder(),
        DumpCompression.Lzo => new LzoEncoder(),
        DumpCompression.Snappy => new SnappyEncoder(),
        DumpCompression.Zstd when Formats.Compression.Zstd.Missing is { } missing =>
            throw new DumpException($"zstd can't be used: {missing}; --compress zlib, lzo or snappy needs nothing."),
        DumpCompression.Zstd => new ZstdEncoder(),
        _ => throw new ArgumentOutOfRangeException(nameof(compression)),
    };

    /// <summary>Decodes one page; returns null, or what is wrong as a clause for a person.</summary>
    public static string? Decode(uint flags, ReadOnlySpan<byte> input, Span<byte> page)
    {
        int written;
        switch (flags & All)
        {
            case 0:
                if (input.Length != page.Length)
                    return $"stored page of {input.Length} bytes instead of {page.Length}";
                input.CopyTo(page);
                return null;
            case Zlib:
                written = ZlibDecoder.Decode(input, page);
                break;
            case Lzo:
                written = LzoDecoder.Decode(input, page);
                break;
            case Snappy:
                written = SnappyDecoder.Decode(input, page);
                break;
            case Zstd:
                if (Formats.Compression.Zstd.Missing is { } missing)
                    return $"zstd page, and {missing}";
                written = ZstdDecoder.Decode(input, page);
                break;
            default:
                return $"unknown compression flags 0x{flags:x}";
        }
        if (written == page.Length)
            return null;
        return written < 0
            ? $"broken {NameOf(flags)} stream"
            : $"{NameOf(flags)} stream of {written} bytes instead of {page.Length}";
    }
}

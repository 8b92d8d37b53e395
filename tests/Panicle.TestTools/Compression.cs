using System.IO.Compression;
using System.Runtime.InteropServices;

namespace Panicle.TestTools;

/// <summary>How the pages of a kdump-compressed file are stored; the values are the flags of its page descriptors.</summary>
public enum Compression
{
    None = 0,

    Zlib = 1,

    Lzo = 2,

    Snappy = 4,

    Zstd = 0x20,
}

public static partial class Compressor
{
    /// <summary>The page as it is stored; null where it wouldn't get smaller and is better stored as it is.</summary>
    public static byte[]? Compress(Compression compression, ReadOnlySpan<byte> page)
    {
        var stored = compression switch
        {
            Compression.Zlib => Zlib(page),
            Compression.Lzo => LzWriter.Lzo(page),
            Compression.Snappy => LzWriter.Snappy(page),
            Compression.Zstd => Zstd(page),
            _ => null,
        };
        return stored?.Length < page.Length ? stored : null;
    }

    private static byte[] Zlib(ReadOnlySpan<byte> page)
    {
        using var bytes = new MemoryStream();
        using (var stream = new ZLibStream(bytes, CompressionLevel.Fastest))
            stream.Write(page);
        return bytes.ToArray();
    }

    private static unsafe byte[] Zstd(ReadOnlySpan<byte> page)
    {
        var output = new byte[page.Length + 1024];
        fixed (byte* from = page)
        fixed (byte* to = output)
        {
            var size = ZSTD_compress(to, (nuint)output.Length, from, (nuint)page.Length, 1);
            return output[..checked((int)size)];
        }
    }

    [LibraryImport("libzstd.so.1")]
    private static unsafe partial nuint ZSTD_compress(byte* output, nuint capacity, byte* input, nuint size, int level);
}

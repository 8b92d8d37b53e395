using System.IO.Compression;
using Panicle.Formats.Streams;

namespace Panicle.Formats.Compression;

/// <summary>Streams that may be compressed, told by their first bytes.</summary>
public static class Packed
{
    private const int HeadBytes = 16;

    // Else the framework takes gzip's data that are cut off for whole ones.
    static Packed() => AppContext.SetSwitch("System.IO.Compression.UseStrictValidation", true);

    /// <summary>
    /// The plain bytes of a stream: gzip, xz, lzma, zstd, bzip2, lz4 (legacy frames) and lzo (lzop) are decoded, anything else is
    /// passed on. Owns the stream.
    /// </summary>
    /// <exception cref="IOException">The library that decodes it isn't installed.</exception>
    public static Stream Open(Stream stream)
    {
        var head = new byte[HeadBytes];
        var length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        var whole = new JoinedStream(head.AsMemory(0, length), [stream]);
        return Decoder(head.AsSpan(0, length), whole) ?? whole;
    }

    /// <summary>Decodes a stream by its first bytes; null if they are of no known compression.</summary>
    public static Stream? Decoder(ReadOnlySpan<byte> head, Stream stream)
    {
        if (head.StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b, 8]))
            return new Gzip(stream);
        if (head.StartsWith((ReadOnlySpan<byte>)[0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0]))
            return new LzmaStream(stream, isAlone: false);
        if (head.StartsWith((ReadOnlySpan<byte>)[0x5d, 0, 0]))
            return new LzmaStream(stream, isAlone: true);
        if (head.StartsWith((ReadOnlySpan<byte>)[0x28, 0xb5, 0x2f, 0xfd]))
            return new ZstdStream(stream);
        if (head.StartsWith("BZh"u8))
            return new Bzip2Stream(stream);
        if (head.StartsWith(Lz4Stream.Magic))
            return new Lz4Stream(stream);
        return head.StartsWith(LzopStream.Magic) ? new LzopStream(stream) : null;
    }

    // The framework's decoder, whose words are for programmers.
    private sealed class Gzip(Stream source) : ReadOnlyStream
    {
        private readonly GZipStream _plain = new(source, CompressionMode.Decompress);

        public override int Read(Span<byte> buffer)
        {
            try
            {
                return _plain.Read(buffer);
            }
            catch (InvalidDataException e)
            {
                throw new InvalidDataException(
                    e.Message.Contains("truncated", StringComparison.Ordinal)
                        ? "the compressed data ends too early"
                        : "the compressed data is damaged", e);
            }
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _plain.Dispose();
            base.Dispose(disposing);
        }
    }
}

using System.IO.Compression;

namespace Panicle.Formats.Compression;

/// <summary>Decodes zlib streams (RFC 1950) with the framework's decoder.</summary>
public static class ZlibDecoder
{
    /// <summary>
    /// Decodes a whole stream; returns the number of bytes written, or −1 if the stream is broken or too long for the output.
    /// </summary>
    public static unsafe int Decode(ReadOnlySpan<byte> input, Span<byte> output)
    {
        if (input.IsEmpty)
            return -1;
        fixed (byte* start = input)
        {
            try
            {
                using var bytes = new UnmanagedMemoryStream(start, input.Length);
                using var stream = new ZLibStream(bytes, CompressionMode.Decompress);
                var written = stream.ReadAtLeast(output, output.Length, throwOnEndOfStream: false);
                // Reading on makes the decoder check that the stream ends here, and its checksum.
                return stream.ReadByte() < 0 ? written : -1;
            }
            catch (Exception error) when (error is InvalidDataException or IOException) // ZLibException is an IOException
            {
                return -1;
            }
        }
    }
}

using System.Runtime.InteropServices;

namespace Panicle.Dumps.Codecs;

/// <summary>
/// zlib streams (RFC 1950) by the zlib that is part of .NET's own runtime, called directly: <c>ZLibStream</c> makes a stream, a
/// buffer and handles for each page.
/// </summary>
internal sealed unsafe partial class ZlibEncoder : PageEncoder
{
    private const string Library = "libSystem.IO.Compression.Native";
    private const int Level = 2;
    private const int Deflated = 8;
    private const int WindowBits = 12;
    private const int MemoryLevel = 8;
    private const int Finish = 4;
    private const int StreamEnd = 1;

    public override int Encode(ReadOnlySpan<byte> page, Span<byte> output)
    {
        fixed (byte* from = page)
        fixed (byte* to = output)
        {
            var stream = new NativeStream { NextIn = from, AvailableIn = (uint)page.Length, NextOut = to, AvailableOut = (uint)output.Length };
            if (CompressionNative_DeflateInit2_(&stream, Level, Deflated, WindowBits, MemoryLevel, 0) != 0)
                throw new InsufficientMemoryException("zlib has no memory for a deflater.");
            var result = CompressionNative_Deflate(&stream, Finish);
            _ = CompressionNative_DeflateEnd(&stream);
            return result == StreamEnd ? output.Length - (int)stream.AvailableOut : page.Length;
        }
    }

    [LibraryImport(Library)]
    private static partial int CompressionNative_DeflateInit2_(NativeStream* stream, int level, int method, int windowBits, int memoryLevel, int strategy);

    [LibraryImport(Library)]
    private static partial int CompressionNative_Deflate(NativeStream* stream, int flush);

    [LibraryImport(Library)]
    private static partial int CompressionNative_DeflateEnd(NativeStream* stream);

    /// <summary>The runtime's PAL_ZStream (src/native/libs/System.IO.Compression.Native/pal_zlib.h).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct NativeStream
    {
        public byte* NextIn;
        public byte* NextOut;
        public byte* Message;
        public void* State;
        public uint AvailableIn;
        public uint AvailableOut;
    }
}

using System.Runtime.InteropServices;
using Panicle.Dumps.Codecs;

namespace Panicle.Debuginfo.Compression;

/// <summary>Decodes Zstandard frames (RFC 8878), one or several in a row, with the system's libzstd.</summary>
internal sealed unsafe partial class ZstdStream : DecoderStream
{
    private const string Library = "libzstd.so.1";

    private readonly nint _context;
    private bool _isBetweenFrames;

    public ZstdStream(Stream source) : base(source)
    {
        if (ZstdDecoder.Missing is { } missing)
            throw new IOException($"the file is compressed with zstd, and {missing}");
        _context = ZSTD_createDStream();
        if (_context == 0)
            throw new InsufficientMemoryException("libzstd has no memory for a decoder.");
    }

    protected override Step Decode(ReadOnlySpan<byte> input, Span<byte> output, bool inputEnds)
    {
        if (input.IsEmpty && inputEnds && _isBetweenFrames)
            return new(0, 0, true);
        fixed (byte* from = input)
        fixed (byte* to = output)
        {
            var source = new Buffer { Start = from, Size = (nuint)input.Length };
            var target = new Buffer { Start = to, Size = (nuint)output.Length };
            var left = ZSTD_decompressStream(_context, &target, &source);
            if (ZSTD_isError(left) != 0)
                throw new InvalidDataException("the zstd data is broken");
            _isBetweenFrames = left == 0;
            return new((int)source.Position, (int)target.Position, false);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _ = ZSTD_freeDStream(_context);
        base.Dispose(disposing);
    }

    [LibraryImport(Library)]
    private static partial nint ZSTD_createDStream();

    [LibraryImport(Library)]
    private static partial nuint ZSTD_freeDStream(nint context);

    [LibraryImport(Library)]
    private static partial nuint ZSTD_decompressStream(nint context, Buffer* output, Buffer* input);

    [LibraryImport(Library)]
    private static partial uint ZSTD_isError(nuint code);

    /// <summary><c>ZSTD_inBuffer</c> and <c>ZSTD_outBuffer</c>, which have the same layout.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Buffer
    {
        public byte* Start;
        public nuint Size;
        public nuint Position;
    }
}

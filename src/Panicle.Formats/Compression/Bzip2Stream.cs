using System.Runtime.InteropServices;

namespace Panicle.Formats.Compression;

/// <summary>Decodes bzip2, several streams in a row too (as pbzip2 writes them), with the system's libbz2.</summary>
internal sealed unsafe partial class Bzip2Stream : DecoderStream
{
    private const string Library = "libbz2.so.1.0";
    private const int Ok = 0;
    private const int StreamEnd = 4;

    private readonly Bzip2Native* _stream;
    private bool _isBetweenStreams;

    public Bzip2Stream(Stream source) : base(source)
    {
        _stream = (Bzip2Native*)NativeMemory.AllocZeroed((nuint)sizeof(Bzip2Native));
        try
        {
            Start();
        }
        catch (DllNotFoundException)
        {
            NativeMemory.Free(_stream);
            throw new IOException(
                "the file is compressed with bzip2, and libbz2.so.1.0 isn't installed; "
                    + "Debian and Ubuntu have it in the package libbz2-1.0");
        }
    }

    protected override Step Decode(ReadOnlySpan<byte> input, Span<byte> output, bool inputEnds)
    {
        if (_isBetweenStreams && !TryStartNext(input))
            return new(0, 0, IsEnd: true);
        fixed (byte* from = input)
        fixed (byte* to = output)
        {
            _stream->NextIn = from;
            _stream->AvailableIn = (uint)input.Length;
            _stream->NextOut = to;
            _stream->AvailableOut = (uint)output.Length;
            var result = BZ2_bzDecompress(_stream);
            var damage = result is Ok or StreamEnd ? null : $"the bzip2 data is broken (libbz2 says {result})";
            _isBetweenStreams = result == StreamEnd;
            var consumed = input.Length - (int)_stream->AvailableIn;
            var isEnd = _isBetweenStreams && inputEnds && consumed == input.Length;
            return new(consumed, output.Length - (int)_stream->AvailableOut, isEnd, damage);
        }
    }

    protected override void Free()
    {
        _ = BZ2_bzDecompressEnd(_stream);
        NativeMemory.Free(_stream);
    }

    // What isn't a stream's magic is something behind the last one, which bzip2 ignores as well.
    private bool TryStartNext(ReadOnlySpan<byte> input)
    {
        if (!input.StartsWith("B"u8))
            return false;
        _ = BZ2_bzDecompressEnd(_stream);
        Start();
        _isBetweenStreams = false;
        return true;
    }

    private void Start()
    {
        if (BZ2_bzDecompressInit(_stream, 0, 0) != Ok)
            throw new InsufficientMemoryException("libbz2 has no memory for a decoder.");
    }

    [LibraryImport(Library)]
    private static partial int BZ2_bzDecompressInit(Bzip2Native* stream, int verbosity, int small);

    [LibraryImport(Library)]
    private static partial int BZ2_bzDecompress(Bzip2Native* stream);

    [LibraryImport(Library)]
    private static partial int BZ2_bzDecompressEnd(Bzip2Native* stream);

    [StructLayout(LayoutKind.Sequential)]
    private struct Bzip2Native
    {
        public byte* NextIn;
        public uint AvailableIn;
        public uint TotalInLow;
        public uint TotalInHigh;
        public byte* NextOut;
        public uint AvailableOut;
        public uint TotalOutLow;
        public uint TotalOutHigh;
        public void* State;
        public void* Allocate;
        public void* Free;
        public void* Opaque;
    }
}

using System.Runtime.InteropServices;

namespace Panicle.Formats.Compression;

/// <summary>Decodes .xz files, several in a row too, and the older .lzma, with the system's liblzma (XZ Utils).</summary>
internal sealed unsafe partial class LzmaStream : DecoderStream
{
    private const string Library = "liblzma.so.5";
    private const ulong MostMemory = 512UL << 20;
    private const uint Concatenated = 8; // LZMA_CONCATENATED
    private const int Run = 0; // LZMA_RUN
    private const int Finish = 3; // LZMA_FINISH
    private const int Ok = 0;
    private const int StreamEnd = 1;
    private const int NoProgress = 10; // LZMA_BUF_ERROR

    private readonly LzmaNative* _stream;

    /// <param name="source">The compressed bytes.</param>
    /// <param name="isAlone">Whether they are .lzma, not .xz.</param>
    public LzmaStream(Stream source, bool isAlone) : base(source)
    {
        _stream = (LzmaNative*)NativeMemory.AllocZeroed((nuint)sizeof(LzmaNative));
        try
        {
            if ((isAlone
                ? lzma_alone_decoder(_stream, MostMemory)
                : lzma_stream_decoder(_stream, MostMemory, Concatenated)) != Ok)
                throw new InsufficientMemoryException("liblzma has no memory for a decoder.");
        }
        catch (DllNotFoundException)
        {
            NativeMemory.Free(_stream);
            throw new IOException(
                "the file is compressed with xz, and liblzma.so.5 isn't installed; "
                    + "Debian and Ubuntu have it in the package liblzma5");
        }
    }

    protected override Step Decode(ReadOnlySpan<byte> input, Span<byte> output, bool inputEnds)
    {
        fixed (byte* from = input)
        fixed (byte* to = output)
        {
            _stream->NextIn = from;
            _stream->AvailableIn = (nuint)input.Length;
            _stream->NextOut = to;
            _stream->AvailableOut = (nuint)output.Length;
            var result = lzma_code(_stream, inputEnds ? Finish : Run);
            var damage = result is Ok or StreamEnd or NoProgress ? null : $"the xz data is broken (liblzma says {result})";
            var consumed = input.Length - (int)_stream->AvailableIn;
            return new(consumed, output.Length - (int)_stream->AvailableOut, result == StreamEnd, damage);
        }
    }

    protected override void Free()
    {
        lzma_end(_stream);
        NativeMemory.Free(_stream);
    }

    [LibraryImport(Library)]
    private static partial int lzma_stream_decoder(LzmaNative* stream, ulong memoryLimit, uint flags);

    [LibraryImport(Library)]
    private static partial int lzma_alone_decoder(LzmaNative* stream, ulong memoryLimit);

    [LibraryImport(Library)]
    private static partial int lzma_code(LzmaNative* stream, int action);

    [LibraryImport(Library)]
    private static partial void lzma_end(LzmaNative* stream);

    [StructLayout(LayoutKind.Sequential)]
    private struct LzmaNative
    {
        public byte* NextIn;
        public nuint AvailableIn;
        public ulong TotalIn;
        public byte* NextOut;
        public nuint AvailableOut;
        public ulong TotalOut;
        public void* Allocator;
        public void* Internal;
        public fixed ulong Reserved[12];
    }
}

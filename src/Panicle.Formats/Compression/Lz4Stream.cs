using System.Buffers.Binary;

namespace Panicle.Formats.Compression;

/// <summary>
/// Decodes lz4's legacy frames, the form that kernels are compressed with: a magic number, then blocks of a size and that many
/// bytes, each of which stands for 8 MB or less (lz4_Frame_format.md, "Legacy frame"; lz4_Block_format.md).
/// </summary>
internal sealed class Lz4Stream(Stream source) : BlockStream(source)
{
    /// <summary>The magic number, as it is in the file.</summary>
    public static ReadOnlySpan<byte> Magic => [0x02, 0x21, 0x4c, 0x18];

    private const int BlockBytes = 8 << 20;
    private const int MostCompressed = BlockBytes + BlockBytes / 255 + 16;

    private readonly byte[] _output = new byte[BlockBytes];
    private bool _isStarted;

    protected override ArraySegment<byte>? ReadBlock()
    {
        Span<byte> word = stackalloc byte[4];
        if (!_isStarted)
        {
            Source.ReadExactly(word);
            _isStarted = true;
        }
        var read = Source.ReadAtLeast(word, 4, throwOnEndOfStream: false);
        if (read < 4)
            return null;
        if (word.SequenceEqual(Magic))
            return ArraySegment<byte>.Empty; // Another frame begins.
        var size = BinaryPrimitives.ReadUInt32LittleEndian(word);
        if (size is 0 or > MostCompressed)
            return null; // The kernel's build puts the size of the whole behind the last block.
        var input = new byte[size];
        if (Source.ReadAtLeast(input, input.Length, throwOnEndOfStream: false) < input.Length)
            return null;
        var length = Decode(input, _output);
        return length >= 0
            ? new ArraySegment<byte>(_output, 0, length)
            : throw new InvalidDataException("the lz4 data is broken");
    }

    /// <summary>Decodes a block; returns the number of bytes written, or −1 if it is broken or too long for the output.</summary>
    public static int Decode(ReadOnlySpan<byte> input, Span<byte> output)
    {
        int at = 0, written = 0;
        while (at < input.Length)
        {
            var token = input[at++];
            if (!TryLength(input, ref at, token >> 4, out var literals) || literals > input.Length - at
                || literals > output.Length - written)
                return -1;
            input.Slice(at, literals).CopyTo(output[written..]);
            at += literals;
            written += literals;
            if (at == input.Length)
                return written; // The last sequence has no match.
            if (input.Length - at < 2)
                return -1;
            int distance = BinaryPrimitives.ReadUInt16LittleEndian(input[at..]);
            at += 2;
            if (!TryLength(input, ref at, token & 15, out var length) || !Match.Copy(output, ref written, distance, length + 4))
                return -1;
        }
        return -1;
    }

    // Fifteen says that the length goes on in bytes, of which the first below 255 is the last.
    private static bool TryLength(ReadOnlySpan<byte> input, ref int at, int start, out int length)
    {
        length = start;
        if (start < 15)
            return true;
        while (at < input.Length && length < BlockBytes)
        {
            var more = input[at++];
            length += more;
            if (more < 255)
                return true;
        }
        return false;
    }
}

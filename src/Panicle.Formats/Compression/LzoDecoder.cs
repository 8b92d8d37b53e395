using System.Buffers.Binary;

namespace Panicle.Formats.Compression;

/// <summary>
/// Decodes LZO1X streams, as the kernel's Documentation/staging/lzo.rst describes them. A stream is a row of
/// instructions; each copies bytes from the output so far (a match) or from the stream (literals). What the small
/// instruction codes mean depends on how many literals the one before copied:
/// that is the "state" (0–3, or 4 for a long run).
/// </summary>
public static class LzoDecoder
{
    private const int LongRun = 4;

    /// <summary>
    /// Decodes a whole stream; returns the number of bytes written, or −1 if the stream is broken or too long for the output.
    /// </summary>
    public static int Decode(ReadOnlySpan<byte> input, Span<byte> output)
    {
        if (input.IsEmpty)
            return -1;
        int at = 0, written = 0, state = 0;
        if (input[0] > 17)
        {
            // The first byte may be a run of literals with a code of its own.
            var count = input[0] - 17;
            at = 1;
            if (!CopyLiterals(input, ref at, output, ref written, count))
                return -1;
            state = Math.Min(count, LongRun);
        }
        while (at < input.Length)
        {
            int code = input[at++];
            int length, distance;
            if (code < 16)
            {
                if (state == 0)
                {
                    length = ReadLength(input, ref at, code, 15) + 3;
                    if (!CopyLiterals(input, ref at, output, ref written, length))
                        return -1;
                    state = LongRun;
                    continue;
                }
                if (at >= input.Length)
                    return -1;
                // After a long run the shortest distances would make no sense, so the same code reaches further.
                length = state == LongRun ? 3 : 2;
                distance = (input[at++] << 2) + (code >> 2) + (state == LongRun ? 2049 : 1);
                state = code & 3;
            }
            else if (code < 64)
            {
                var near = code >= 32;
                length = ReadLength(input, ref at, code & (near ? 31 : 7), near ? 31 : 7) + 2;
                if (length < 0 || input.Length - at < 2)
                    return -1;
                int word = BinaryPrimitives.ReadUInt16LittleEndian(input[at..]);
                at += 2;
                state = word & 3;
                distance = near ? (word >> 2) + 1 : 16384 + ((code & 8) << 11) + (word >> 2);
                if (!near && distance == 16384)
                    return written; // the end mark
            }
            else
            {
                if (at >= input.Length)
                    return -1;
                length = code < 128 ? 3 + ((code >> 5) & 1) : 5 + ((code >> 5) & 3);
                distance = (input[at++] << 3) + ((code >> 2) & 7) + 1;
                state = code & 3;
            }
            if (!Match.Copy(output, ref written, distance, length) || !CopyLiterals(input, ref at, output, ref written, state))
                return -1;
        }
        return -1;
    }

    /// <summary>
    /// A length in an instruction's low bits; if they are all zero, it goes on in the stream as zero bytes worth 255
    /// each and a last byte. A length that runs away comes back large and negative, and fails the checks that follow.
    /// </summary>
    private static int ReadLength(ReadOnlySpan<byte> input, ref int at, int bits, int full)
    {
        if (bits != 0)
            return bits;
        var length = full;
        while (at < input.Length && input[at] == 0)
        {
            length += 255;
            at++;
        }
        return at < input.Length && length < 1 << 24 ? length + input[at++] : int.MinValue / 2;
    }

    private static bool CopyLiterals(ReadOnlySpan<byte> input, ref int at, Span<byte> output, ref int written, int count)
    {
        if (count < 0 || count > input.Length - at || count > output.Length - written)
            return false;
        input.Slice(at, count).CopyTo(output[written..]);
        at += count;
        written += count;
        return true;
    }
}

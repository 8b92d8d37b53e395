namespace Panicle.Formats.Compression;

/// <summary>
/// Decodes raw Snappy streams (google/snappy, format_description.txt): the decoded length as a varint, then elements
/// whose tag byte's low two bits say literal, or copy with an offset of one, two or four bytes.
/// </summary>
public static class SnappyDecoder
{
    /// <summary>
    /// Decodes a whole stream; returns the number of bytes written, or −1 if the stream is broken or too long for the output.
    /// </summary>
    public static int Decode(ReadOnlySpan<byte> input, Span<byte> output)
    {
        var at = 0;
        if (!TryReadLength(input, ref at, out var total) || total > (uint)output.Length)
            return -1;
        output = output[..(int)total];
        var written = 0;
        while (at < input.Length)
        {
            int tag = input[at++];
            var kind = tag & 3;
            var extra = kind == 0 ? Math.Max(0, (tag >> 2) - 59) : kind == 3 ? 4 : kind;
            if (extra > input.Length - at)
                return -1;
            var operand = ReadLittleEndian(input.Slice(at, extra));
            at += extra;
            if (kind == 0)
            {
                var length = (extra == 0 ? (uint)(tag >> 2) : operand) + 1L;
                if (length > input.Length - at || length > output.Length - written)
                    return -1;
                input.Slice(at, (int)length).CopyTo(output[written..]);
                at += (int)length;
                written += (int)length;
                continue;
            }
            var distance = kind == 1 ? (uint)((tag >> 5) << 8) | operand : operand;
            var count = kind == 1 ? 4 + ((tag >> 2) & 7) : 1 + (tag >> 2);
            if (distance > int.MaxValue || !Match.Copy(output, ref written, (int)distance, count))
                return -1;
        }
        return written == output.Length ? written : -1;
    }

    private static bool TryReadLength(ReadOnlySpan<byte> input, ref int at, out uint length)
    {
        length = 0;
        for (var shift = 0; shift <= 28 && at < input.Length; shift += 7)
        {
            var part = input[at++];
            length |= (uint)(part & 0x7f) << shift;
            if (part < 0x80)
                return true;
        }
        return false;
    }

    private static uint ReadLittleEndian(ReadOnlySpan<byte> bytes)
    {
        uint value = 0;
        for (var i = 0; i < bytes.Length; i++)
            value |= (uint)bytes[i] << (8 * i);
        return value;
    }
}

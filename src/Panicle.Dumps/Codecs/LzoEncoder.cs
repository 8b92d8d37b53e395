namespace Panicle.Dumps.Codecs;

/// <summary>
/// LZO1X streams (kernel, Documentation/staging/lzo.rst), for pages: no distance is longer than 16 KB or is refused.
/// Greedy: the last place with the same four bytes is taken.
/// </summary>
internal sealed unsafe class LzoEncoder : PageEncoder
{
    private const int FurthestShort = 2048;
    private const int LongestShort = 8;
    private const int Furthest = 16384;

    private readonly MatchFinder _finder = new();

    public override int Encode(ReadOnlySpan<byte> page, Span<byte> output)
    {
        if (page.Length > MatchFinder.MostBytes || output.Length < page.Length + page.Length / 16 + 64)
            return page.Length;
        fixed (byte* from = page)
        fixed (byte* to = output)
        fixed (ushort* last = _finder.Table)
            return (int)(Encode(from, from + page.Length, to, last) - to);
    }

    private static byte* Encode(byte* start, byte* end, byte* output, ushort* last)
    {
        var at = start + 1;
        var literals = start;
        var head = output;
        byte* state = null; // the byte whose low two bits can say that up to three literals follow
        var limit = end - 12;
        while (at < limit)
        {
            var bytes = *(uint*)at;
            var slot = last + MatchFinder.Hash(bytes);
            var before = start + *slot;
            *slot = (ushort)(at - start);
            if (*(uint*)before != bytes || (ulong)(at - before - 1) >= Furthest)
            {
                at += 1 + ((at - literals) * 3 >> 6);
                continue;
            }
            if (at != literals)
                output = Literals(output, literals, (int)(at - literals), end, state, output == head);
            var length = 4 + MatchFinder.Agreeing(at + 4, before + 4, end);
            output = Match(output, (int)(at - before), length, out state);
            at += length;
            literals = at;
        }
        if (literals != end)
            output = Literals(output, literals, (int)(end - literals), end, state, output == head);
        *output++ = 0x11; // a match of distance 16384, which stands for the end
        *output++ = 0;
        *output++ = 0;
        return output;
    }

    private static byte* Literals(byte* output, byte* from, int count, byte* end, byte* state, bool first)
    {
        if (count <= 3 && state != null)
        {
            *state |= (byte)count;
            MatchFinder.Copy(output, from, count, end);
            return output + count;
        }
        if (first && count <= 238)
            *output++ = (byte)(17 + count);
        else
            output = Length(output, 0, count - 3, 15);
        MatchFinder.Copy(output, from, count, end);
        return output + count;
    }

    private static byte* Match(byte* output, int distance, int length, out byte* state)
    {
        distance--;
        if (distance < FurthestShort && length <= LongestShort)
        {
            state = output;
            *output++ = (byte)((length - 1) << 5 | (distance & 7) << 2);
            *output++ = (byte)(distance >> 3);
            return output;
        }
        output = Length(output, 0x20, length - 2, 31);
        state = output;
        *output++ = (byte)(distance << 2);
        *output++ = (byte)(distance >> 6);
        return output;
    }

    /// <summary>A length in an instruction's low bits, or in bytes that follow it.</summary>
    private static byte* Length(byte* output, int code, int length, int most)
    {
        if (length <= most)
        {
            *output++ = (byte)(code | length);
            return output;
        }
        *output++ = (byte)code;
        for (length -= most; length > 255; length -= 255)
            *output++ = 0;
        *output++ = (byte)length;
        return output;
    }
}

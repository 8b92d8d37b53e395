namespace Panicle.Formats.Compression;

/// <summary>
/// Raw Snappy streams (google/snappy, format_description.txt). Greedy: the last place with the same four bytes is taken.
/// </summary>
public sealed unsafe class SnappyEncoder : BlockEncoder
{
    private readonly MatchFinder _finder = new();

    /// <inheritdoc/>
    public override int Encode(ReadOnlySpan<byte> block, Span<byte> output)
    {
        if (block.Length > MatchFinder.MostBytes || output.Length < block.Length + block.Length / 6 + 32)
            return block.Length;
        fixed (byte* from = block)
        fixed (byte* to = output)
        fixed (ushort* last = _finder.Clear())
            return (int)(Encode(from, from + block.Length, to, last) - to);
    }

    private static byte* Encode(byte* start, byte* end, byte* output, ushort* last)
    {
        for (var rest = (uint)(end - start); ; rest >>= 7)
        {
            *output++ = (byte)(rest < 0x80 ? rest : rest | 0x80);
            if (rest < 0x80)
                break;
        }
        var at = start + 1;
        var literals = start;
        var limit = end - MatchFinder.Margin;
        while (at < limit)
        {
            var before = start + MatchFinder.Exchange(last, at, start);
            var difference = *(ulong*)at ^ *(ulong*)before;
            if ((uint)difference != 0)
            {
                at += 1 + ((at - literals) >> 5);
                continue;
            }
            var (count, distance) = ((int)(at - literals), (int)(at - before));
            var length = MatchFinder.Agreeing(at, before, difference, end);
            at += length;
            if (count != 0)
                output = Literals(output, literals, count, end);
            output = Match(output, distance, length);
            literals = at;
            if (at < limit)
                MatchFinder.Remember(last, at - 2, start);
        }
        return literals != end ? Literals(output, literals, (int)(end - literals), end) : output;
    }

    private static byte* Literals(byte* output, byte* from, int count, byte* end)
    {
        var rest = count - 1;
        if (rest < 60)
        {
            *output++ = (byte)(rest << 2);
        }
        else if (rest < 256)
        {
            *output++ = 60 << 2;
            *output++ = (byte)rest;
        }
        else
        {
            *output++ = 61 << 2;
            *output++ = (byte)rest;
            *output++ = (byte)(rest >> 8);
        }
        MatchFinder.Copy(output, from, count, end);
        return output + count;
    }

    /// <summary>A match in steps of at most 64 bytes, none of which leaves fewer than four for the next.</summary>
    private static byte* Match(byte* output, int distance, int length)
    {
        for (; length >= 68; length -= 64)
            output = Step(output, distance, 64);
        if (length > 64)
        {
            output = Step(output, distance, 60);
            length -= 60;
        }
        return Step(output, distance, length);
    }

    private static byte* Step(byte* output, int distance, int length)
    {
        if (length <= 11 && distance < 2048)
        {
            *output++ = (byte)(1 | (length - 4) << 2 | distance >> 8 << 5);
            *output++ = (byte)distance;
            return output;
        }
        *output++ = (byte)(2 | (length - 1) << 2);
        *output++ = (byte)distance;
        *output++ = (byte)(distance >> 8);
        return output;
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Panicle.Formats.Compression;

/// <summary>
/// LZO1X streams (kernel, Documentation/staging/lzo.rst), for pages: no distance is longer than 16 KB or is refused.
/// Greedy: the last place with the same four bytes is taken.
/// </summary>
public sealed unsafe class LzoEncoder : BlockEncoder
{
    private const int FurthestShort = 2048;
    private const int LongestShort = 8;
    private const int LongestMedium = 33;
    private const int Furthest = 16384;

    private readonly MatchFinder _finder = new();

    /// <inheritdoc/>
    public override int Encode(ReadOnlySpan<byte> block, Span<byte> output)
    {
        if (block.Length > MatchFinder.MostBytes || output.Length < block.Length + block.Length / 16 + 64)
            return block.Length;
        fixed (byte* from = block)
        fixed (byte* to = output)
        fixed (ushort* last = _finder.Clear())
            return (int)(Encode(from, from + block.Length, to, last) - to);
    }

    private static byte* Encode(byte* start, byte* end, byte* output, ushort* last)
    {
        var at = start + 1;
        var literals = start;
        byte* state = null; // the byte whose low two bits can say that up to three literals follow
        var limit = end - MatchFinder.Margin;
        while (at < limit)
        {
            var before = start + MatchFinder.Exchange(last, at, start);
            var difference = *(ulong*)at ^ *(ulong*)before;
            if ((uint)difference != 0 || at - before > Furthest)
            {
                // Steps grow where nothing is found: by >> 3 dumps were larger than liblzo's.
                at += 1 + ((nuint)(at - literals) >> 4);
                continue;
            }
            var (count, distance) = ((int)(at - literals), (int)(at - before));
            var length = MatchFinder.Agreeing(at, before, difference, end);
            at += length;
            if (count > MatchFinder.Step || state == null)
                output = Literals(output, literals, count, end, state);
            else if (count != 0)
                output = FewLiterals(output, literals, count, state);
            output = Match(output, distance, length, out state);
            literals = at;
            if (at < limit)
                MatchFinder.Remember(last, at - 2, start);
        }
        if (literals != end)
            output = Literals(output, literals, (int)(end - literals), end, state);
        *output++ = 0x11; // a match of distance 16384, which stands for the end
        *output++ = 0;
        *output++ = 0;
        return output;
    }

    /// <summary>Up to <see cref="MatchFinder.Step"/> literals behind a match, well before the end of the block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* FewLiterals(byte* output, byte* from, int count, byte* state)
    {
        // Without branches: what follows what can't be predicted.
        var isOwn = 3 - count >> 31;
        *state |= (byte)(count & ~isOwn);
        *output = (byte)(count - 3);
        output -= isOwn;
        Vector128.Load(from).Store(output);
        return output + count;
    }

    private static byte* Literals(byte* output, byte* from, int count, byte* end, byte* state)
    {
        if (count <= 3 && state != null)
        {
            *state |= (byte)count;
            MatchFinder.Copy(output, from, count, end);
            return output + count;
        }
        if (state == null && count <= 238)
            *output++ = (byte)(17 + count);
        else
            output = Length(output, 0, count - 3, 15);
        MatchFinder.Copy(output, from, count, end);
        return output + count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* Match(byte* output, int distance, int length, out byte* state)
    {
        distance--;
        if (length > LongestMedium)
        {
            output = LongLength(output, 0x20, length - 2, 31);
            state = output;
            *output++ = (byte)(distance << 2);
            *output++ = (byte)(distance >> 6);
            return output;
        }
        // Two bytes or three, without a branch that can't be predicted.
        var isMedium = (FurthestShort - 1 - distance | LongestShort - length) >> 31;
        var two = (length - 1) << 5 | (distance & 7) << 2 | distance >> 3 << 8;
        var three = 0x20 | length - 2 | distance << 10 & 0xff00 | distance >> 6 << 16;
        *(int*)output = two & ~isMedium | three & isMedium;
        state = output - isMedium;
        return state + 2;
    }

    /// <summary>A length in an instruction's low bits, or in bytes that follow it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* Length(byte* output, int code, int length, int most)
    {
        if (length > most)
            return LongLength(output, code, length, most);
        *output++ = (byte)(code | length);
        return output;
    }

    private static byte* LongLength(byte* output, int code, int length, int most)
    {
        *output++ = (byte)code;
        for (length -= most; length > 255; length -= 255)
            *output++ = 0;
        *output++ = (byte)length;
        return output;
    }
}

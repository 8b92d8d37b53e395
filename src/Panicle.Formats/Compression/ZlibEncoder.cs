using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Panicle.Formats.Compression;

/// <summary>
/// zlib streams (RFC 1950) for pages, each of one block, and greedy: the longest repeat at each place is taken. zlib itself
/// prepares tables of 64 KB or more for every stream, and takes more than twice the time for a block of 4 KB.
/// </summary>
public sealed unsafe class ZlibEncoder : BlockEncoder
{
    private const int HeaderBytes = 2;
    private const int ChecksumBytes = 4;

    private const int Tries = 4;
    private const int Enough = 32; // bytes: a longer repeat isn't looked for

    // For every place that was looked at, the one before it with the same four bytes.
    // 0, the first, stands for none and ends the search.
    private readonly ushort[] _before = new ushort[MatchFinder.MostBytes];
    private readonly MatchFinder _finder = new();
    private readonly DeflateBlock _block = new();

    /// <inheritdoc/>
    public override int Encode(ReadOnlySpan<byte> block, Span<byte> output)
    {
        if (block.Length > MatchFinder.MostBytes || output.Length < block.Length + 16)
            return block.Length;
        fixed (byte* from = block)
        fixed (byte* to = output)
        fixed (ushort* last = _finder.Clear(), before = _before)
        {
            _block.Clear(block.Length);
            var rest = Gather(from, from + block.Length, last, before);
            var end = _block.Write(from, block.Length, rest, to + HeaderBytes);
            if (end == null)
                return block.Length;
            to[0] = 0x78; // deflate, a window of 32 KB
            to[1] = 0x01; // the fastest level, no dictionary
            BinaryPrimitives.WriteUInt32BigEndian(new Span<byte>(end, ChecksumBytes), Adler32.Of(block));
            return (int)(end - to) + ChecksumBytes;
        }
    }

    /// <summary>Gives the block all repeats; returns how many bytes are left behind the last one.</summary>
    private int Gather(byte* start, byte* end, ushort* last, ushort* before)
    {
        var at = start + 1;
        var literals = start;
        var limit = end - MatchFinder.Margin;
        while (at < limit)
        {
            before[at - start] = (ushort)MatchFinder.Exchange(last, at, start);
            var length = Longest(at, start, end, before, out var distance);
            if (length == 0)
            {
                at += 1 + ((nuint)(at - literals) >> 6);
                continue;
            }
            _block.Add(literals, (int)(at - literals), length, distance);
            at += length;
            literals = at;
            for (var seen = at - 2; seen < at && at < limit; seen++)
                before[seen - start] = (ushort)MatchFinder.Exchange(last, seen, start);
        }
        return (int)(end - literals);
    }

    /// <summary>The longest of the repeats that begin at the last places with the same bytes; 0 if there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Longest(byte* at, byte* start, byte* end, ushort* before, out int distance)
    {
        var longest = distance = 0;
        nuint place = before[at - start];
        for (var tries = Tries; ; place = before[place])
        {
            var difference = *(ulong*)at ^ *(ulong*)(start + place);
            if ((uint)difference == 0 && at - (start + place) <= DeflateBlock.Furthest)
            {
                var length = MatchFinder.Agreeing(at, start + place, difference, end);
                if (length > longest)
                    (longest, distance) = (length, (int)(at - (start + place)));
            }
            if (longest >= Enough || --tries == 0 || place == 0)
                return longest;
        }
    }
}

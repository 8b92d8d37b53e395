using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Panicle.Dumps.Codecs;

/// <summary>What the byte-oriented encoders share: where four bytes were seen last, and how long two places agree.</summary>
internal sealed unsafe class MatchFinder
{
    private const int HashBits = 13;

    /// <summary>Largest page that positions fit for.</summary>
    public const int MostBytes = 65536;

    // Entries are not cleared between pages: a candidate counts only if its bytes are equal, wherever the entry is from.
    private readonly ushort[] _last = new ushort[1 << HashBits];

    /// <summary>The table, for the loop over a page.</summary>
    public Span<ushort> Table => _last;

    /// <summary>A place in the table for four bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Hash(uint bytes) => (bytes * 0x9E3779B1) >> (32 - HashBits);

    /// <summary>Copies bytes in steps of 16, up to 15 more than were asked for; never reads past <paramref name="end"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy(byte* to, byte* from, int count, byte* end)
    {
        if (from + count + 16 > end)
        {
            Unsafe.CopyBlockUnaligned(to, from, (uint)count);
            return;
        }
        var until = to + count;
        do
        {
            Vector128.Load(from).Store(to);
            from += 16;
            to += 16;
        }
        while (to < until);
    }

    /// <summary>How many bytes agree from two places on; the later one ends at <paramref name="end"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Agreeing(byte* later, byte* earlier, byte* end)
    {
        var start = later;
        while (end - later >= 8)
        {
            var difference = *(ulong*)later ^ *(ulong*)earlier;
            if (difference != 0)
                return (int)(later - start) + (BitOperations.TrailingZeroCount(difference) >> 3);
            later += 8;
            earlier += 8;
        }
        while (later < end && *later == *earlier)
        {
            later++;
            earlier++;
        }
        return (int)(later - start);
    }
}

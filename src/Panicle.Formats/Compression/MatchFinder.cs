using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Panicle.Formats.Compression;

/// <summary>What the byte-oriented encoders share: where four bytes were seen last, and how long two places agree.</summary>
internal sealed unsafe class MatchFinder
{
    private const int HashBits = 11;

    /// <summary>Largest page that positions fit for.</summary>
    public const int MostBytes = 65536;

    /// <summary>Bytes that are copied at a time.</summary>
    public const int Step = 16;

    /// <summary>No match begins in the last bytes of a page, so that reads of words and steps stay within it.</summary>
    public const int Margin = 20;

    private readonly ushort[] _last = new ushort[1 << HashBits];

    /// <summary>
    /// The table, for the loop over a page. What other pages left in it would be candidates by the thousand that come to nothing,
    /// which costs more than clearing it.
    /// </summary>
    public Span<ushort> Clear()
    {
        // A call of memset for 4 KB means "rep stosb", which is worst where a crash is likely to be captured: in a virtual
        // machine that is emulated.
        foreach (ref var part in MemoryMarshal.Cast<ushort, Vector512<ushort>>(_last.AsSpan()))
            part = default;
        return _last;
    }

    /// <summary>
    /// Where the four bytes at a place, or others like them, were seen last, as an offset; from now on it is this place.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nuint Exchange(ushort* last, byte* at, byte* start)
    {
        var slot = last + SlotOf(at);
        nuint before = *slot;
        *slot = (ushort)(at - start);
        return before;
    }

    /// <summary>
    /// Has four bytes found later: of what a match covers, the bytes at its end are worth that,
    /// those that begin in it and go on behind it.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Remember(ushort* last, byte* at, byte* start) => last[SlotOf(at)] = (ushort)(at - start);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nuint SlotOf(byte* at) => *(uint*)at * 0x9E3779B1 >> (32 - HashBits);

    /// <summary>
    /// Copies bytes in steps of 16, up to 15 more than were asked for; never reads past <paramref name="end"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy(byte* to, byte* from, int count, byte* end)
    {
        if (from + count + Step > end)
        {
            Unsafe.CopyBlockUnaligned(to, from, (uint)count);
            return;
        }
        var until = to + count;
        do
        {
            Vector128.Load(from).Store(to);
            from += Step;
            to += Step;
        }
        while (to < until);
    }

    /// <summary>How many bytes agree from two places on; the later one ends at <paramref name="end"/>.</summary>
    /// <param name="later">The later place.</param>
    /// <param name="earlier">The earlier one.</param>
    /// <param name="difference">In which bits the first eight bytes differ.</param>
    /// <param name="end">The page's end.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Agreeing(byte* later, byte* earlier, ulong difference, byte* end) =>
        difference != 0 ? BitOperations.TrailingZeroCount(difference) >> 3 : 8 + Agreeing(later + 8, earlier + 8, end);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Agreeing(byte* later, byte* earlier, byte* end)
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

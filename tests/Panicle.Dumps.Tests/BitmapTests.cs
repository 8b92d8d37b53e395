using FsCheck;
using FsCheck.Fluent;
using Panicle.Dumps.Kdump;

namespace Panicle.Dumps.Tests;

/// <summary>Ranks and searches in a bitmap against counting one bit at a time.</summary>
public class BitmapTests
{
    [Fact]
    public void Ranks_and_searches_agree_with_counting()
    {
        Prop.ForAll<int, byte>((seed, sparseness) =>
        {
            var random = new Random(seed);
            var bits = random.Next(1, 5 * PageBitmap.BlockPages);
            var bytes = new byte[100 + ((bits + 7) / 8)];
            random.NextBytes(bytes);
            for (var i = 0; i < bytes.Length; i++)
                bytes[i] &= (byte)(random.Next(256) < sparseness ? 0 : 0xff);
            var bitmap = new PageBitmap(new MemorySource("bits", bytes), 100, (ulong)bits);
            var ranks = new long[bits + 1];
            for (var i = 0; i < bits; i++)
                ranks[i + 1] = ranks[i] + (bytes[100 + (i / 8)] >> (i & 7) & 1);
            for (var i = 0; i < 200; i++)
            {
                var page = random.Next(bits);
                if (bitmap.Test((ulong)page) != (ranks[page + 1] > ranks[page]) || bitmap.Rank((ulong)page) != ranks[page])
                    return false;
                if (bitmap.Next((ulong)page, true) != Next(ranks, page, 1)
                    || bitmap.Next((ulong)page, false) != Next(ranks, page, 0))
                    return false;
            }
            return bitmap.Rank((ulong)bits) == ranks[bits] && bitmap.Test((ulong)bits) == false;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Bits_that_the_file_ends_before_are_unknown()
    {
        var bitmap = new PageBitmap(new MemorySource("bits", Enumerable.Repeat((byte)0xff, 6000).ToArray()), 0, 1UL << 36);
        Assert.True(bitmap.Test(47_999));
        Assert.Null(bitmap.Test(48_000));
        Assert.Null(bitmap.Test(1UL << 35));
        Assert.False(bitmap.Test(1UL << 36));
        Assert.Equal(48_000, bitmap.Rank(1UL << 36));
        Assert.Equal(48_000UL, bitmap.Next(0, false));
        Assert.Equal(1UL << 36, bitmap.Next(48_000, true));
    }

    private static ulong Next(long[] ranks, int page, long value)
    {
        while (page + 1 < ranks.Length && ranks[page + 1] - ranks[page] != value)
            page++;
        return (ulong)page;
    }
}

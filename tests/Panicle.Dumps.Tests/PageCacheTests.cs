namespace Panicle.Dumps.Tests;

/// <summary>The cache holds what fits, never the wrong page, and no more than it may.</summary>
public class PageCacheTests
{
    [Fact]
    public void Pages_come_back_until_others_take_their_place()
    {
        var cache = new PageCache(TestData.Page, 64 * TestData.Page);
        for (ulong page = 0; page < 1000; page++)
            cache.Insert(page, Content(page));
        var kept = 0;
        Span<byte> part = stackalloc byte[16];
        for (ulong page = 0; page < 1000; page++)
        {
            if (!cache.TryCopy(page, 100, part))
                continue;
            kept++;
            Assert.True(part.SequenceEqual(Content(page).AsSpan(100, 16)));
        }
        Assert.InRange(kept, 48, 64);
    }

    [Fact]
    public void What_is_used_stays()
    {
        var cache = new PageCache(TestData.Page, 128 * TestData.Page);
        cache.Insert(7, Content(7));
        Span<byte> part = stackalloc byte[8];
        for (ulong page = 1000; page < 3000; page++)
        {
            cache.Insert(page, Content(page));
            Assert.True(cache.TryCopy(7, 0, part));
        }
    }

    private static byte[] Content(ulong page)
    {
        var content = new byte[TestData.Page];
        new Random((int)page).NextBytes(content);
        return content;
    }
}

using Panicle.Dumps.Writing;

namespace Panicle.Kdump.Tests.Save;

/// <summary>Sets of page frames, against the plainest set there is.</summary>
public class PageSetTests
{
    private const int Limit = 3 * PageSet.BlockPages + 77;

    [Fact]
    public void Any_changes_give_what_a_plain_set_has()
    {
        var random = new Random(5);
        var set = new PageSet(Limit);
        var plain = new bool[Limit];
        for (var step = 0; step < 300; step++)
        {
            var first = random.Next(Limit);
            var count = random.Next(4) == 0 ? random.Next(2 * PageSet.BlockPages) : random.Next(200);
            if (random.Next(10) == 0)
                // whole blocks have a way of their own
                (first, count) = (first / PageSet.BlockPages * PageSet.BlockPages, PageSet.BlockPages);
            var add = random.Next(2) == 0;
            if (add)
                set.Add((ulong)first, (ulong)count);
            else
                set.Remove((ulong)first, (ulong)count);
            Array.Fill(plain, add, first, Math.Min(count, Limit - first));
            if (step % 20 == 0)
                Compare(set, plain);
        }
        Compare(set.Clone(), plain);
    }

    [Fact]
    public void What_lies_past_the_limit_is_left_out()
    {
        var set = new PageSet(100);
        set.Add(90, 1000);
        set.Add(5000);
        Assert.Equal(10UL, set.Count);
        Assert.False(set.Contains(5000));
        Assert.Equal(100UL, set.Next(0, true) + 10);
        var bytes = new byte[PageSet.BlockBytes];
        set.CopyBlock(0, bytes);
        Assert.Equal(10, bytes.Sum(value => System.Numerics.BitOperations.PopCount(value)));
    }

    private static void Compare(PageSet set, bool[] plain)
    {
        for (var i = 0; i < Limit; i++)
            Assert.True(plain[i] == set.Contains((ulong)i), $"{i}");
        Assert.Equal((ulong)plain.Count(isIn => isIn), set.Count);
        Assert.Equal((ulong)plain[1000..70000].Count(isIn => isIn), set.CountBetween(1000, 70000));
        var runs = new List<(ulong, ulong)>();
        for (var i = 0; i < Limit; i++)
        {
            if (!plain[i])
                continue;
            var first = i;
            while (i < Limit && plain[i])
                i++;
            runs.Add(((ulong)first, (ulong)i));
        }
        Assert.Equal(runs, set.Runs());
    }
}

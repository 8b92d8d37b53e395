using Panicle.Dumps.Writing;

namespace Panicle.Dumps.Tests;

/// <summary>Pages that a dump can't do without are written first.</summary>
public sealed class PageOrderTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Every_page_comes_once_and_the_needed_ones_first(int seed)
    {
        const int Limit = 100_000;
        var random = new Random(seed);
        var pages = new PageSet(Limit);
        for (var i = 0; i < 300; i++)
            pages.Add((ulong)random.Next(Limit), (ulong)random.Next(400));
        var listed = pages.Clone();
        for (var i = 0; i < 100; i++)
            listed.Add((ulong)random.Next(Limit), (ulong)random.Next(100));
        var before = new List<(ulong First, ulong End)>();
        for (var at = 0UL; at < Limit; at += 2 + (ulong)random.Next(900))
            before.Add((at, at += (ulong)random.Next(1, 200)));
        List<(ulong First, ulong End)> parts = [(0, 33_333), (33_333, 70_000), (70_000, Limit)];
        var ranks = new Dictionary<ulong, (int Part, long Index)>();
        for (var part = 0; part < parts.Count; part++)
        {
            var index = 0L;
            for (var frame = parts[part].First; frame < parts[part].End; frame++)
            {
                if (pages.Contains(frame))
                    ranks.Add(frame, (part, index));
                index += listed.Contains(frame) ? 1 : 0;
            }
        }
        var expected = ranks.OrderBy(page => page.Value.Part)
            .ThenBy(page => before.Exists(range => page.Key >= range.First && page.Key < range.End) ? 0 : 1)
            .ThenBy(page => page.Key);
        var order = new PageOrder(pages, listed, parts, before).All()
            .SelectMany(stretch => Enumerable.Range(0, (int)(stretch.End - stretch.First)).Select(i =>
                KeyValuePair.Create(stretch.First + (ulong)i, (stretch.Part, stretch.Index + i))));
        Assert.Equal(expected, order);
    }
}

using Panicle.Dumps;

namespace Panicle.TestTools;

/// <summary>Cuts a small dump out of a real one, so that tests have real pages without a large file.</summary>
internal static class DumpCutter
{
    /// <summary>Pages that follow one another in a cut, so that reads across pages have something to read.</summary>
    private const int Run = 8;

    /// <summary>Takes runs of pages evenly from a dump, and the page with the kernel's VMCOREINFO.</summary>
    public static int Cut(string from, string to, int count)
    {
        using var dump = DumpReader.Open(from);
        var all = new List<ulong>();
        foreach (var range in dump.PresentRanges())
        {
            for (var at = range.Start; at < range.End; at += (ulong)dump.PageSize)
                all.Add(at / (ulong)dump.PageSize);
        }
        var chosen = new SortedSet<ulong>(all.Where(page => StartsVmcoreInfo(dump, page)));
        for (var run = 0; run < count / Run; run++)
            chosen.UnionWith(all.Skip((int)((long)all.Count * run * Run / count)).Take(Run));
        File.WriteAllBytes(to, KdumpWriter.Write(dump, [.. chosen], new KdumpOptions()));
        Console.WriteLine($"{chosen.Count} of {all.Count} pages, {new FileInfo(to).Length} bytes");
        return 0;
    }

    private static bool StartsVmcoreInfo(DumpFile dump, ulong page)
    {
        Span<byte> start = stackalloc byte[10];
        return dump.TryRead(page * (ulong)dump.PageSize, start, out _) && start.SequenceEqual("OSRELEASE="u8);
    }
}

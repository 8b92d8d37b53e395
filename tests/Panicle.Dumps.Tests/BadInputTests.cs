using System.Diagnostics;

namespace Panicle.Dumps.Tests;

/// <summary>
/// Damage of every kind to every format, headers and bitmaps included: opening gives a dump or a
/// <see cref="DumpException"/>, reading gives bytes or a fault, and neither takes long nor much memory.
/// </summary>
public class BadInputTests
{
    private const int Truncations = 200;
    private const int Changes = 500;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    /// <summary>Of the header's versions, those that differ in what they have.</summary>
    public static IEnumerable<TheoryDataRow<string>> Formats =>
        SmallDump.Formats.Where(static row => row.Data is not ("kdump v2" or "kdump v4" or "kdump v5"));

    /// <summary>Fewer pages, so that damage often meets the headers.</summary>
    private static readonly ulong[] FewPages = [.. SmallDump.Pages.Where((_, i) => i % 96 < 10)];

    [Theory, MemberData(nameof(Formats))]
    public void Cut_anywhere(string format)
    {
        var random = new Random(1);
        var files = SmallDump.Make(format, FewPages);
        for (var i = 0; i < Truncations; i++)
            Try(format, i, Replace(files, random, file => file[..Place(random, file)]));
    }

    [Theory, MemberData(nameof(Formats))]
    public void One_bit_flipped(string format)
    {
        var random = new Random(2);
        var files = SmallDump.Make(format, FewPages);
        for (var i = 0; i < Changes; i++)
        {
            Try(format, i, Replace(files, random, file =>
            {
                file[Place(random, file)] ^= (byte)(1 << random.Next(8));
                return file;
            }));
        }
    }

    [Theory, MemberData(nameof(Formats))]
    public void A_block_overwritten(string format)
    {
        var random = new Random(3);
        var files = SmallDump.Make(format, FewPages);
        for (var i = 0; i < Changes; i++)
        {
            Try(format, i, Replace(files, random, file =>
            {
                var start = Place(random, file);
                var block = file.AsSpan(start, Math.Min(1 << random.Next(13), file.Length - start));
                if (random.Next(2) == 0)
                    random.NextBytes(block);
                else
                    block.Fill((byte)(random.Next(2) == 0 ? 0xff : 0));
                return file;
            }));
        }
    }

    /// <summary>Half of the damage goes to the first 12 KB, where the headers and notes are.</summary>
    private static int Place(Random random, byte[] file) =>
        random.Next(random.Next(2) == 0 ? Math.Min(file.Length, 12 * 1024) : file.Length);

    private static byte[][] Replace(byte[][] files, Random random, Func<byte[], byte[]> change)
    {
        var copy = files.ToArray();
        var which = random.Next(copy.Length);
        copy[which] = change(copy[which].ToArray());
        return copy;
    }

    private static void Try(string format, int number, byte[][] files)
    {
        var clock = Stopwatch.StartNew();
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            using var dump = TestData.Open(files);
            Use(dump);
        }
        catch (DumpException error)
        {
            Assert.DoesNotContain('\n', error.Message);
            Assert.Contains("file", error.Message, StringComparison.Ordinal);
        }
        catch (Exception error)
        {
            Assert.Fail($"{format}, case {number}: {error}");
        }
        Assert.True(clock.Elapsed < Longest, $"{format}, case {number} took {clock.Elapsed}");
        Assert.True(
            GC.GetAllocatedBytesForCurrentThread() - allocated < 256 << 20, $"{format}, case {number} allocated too much");
    }

    private static void Use(DumpFile dump)
    {
        _ = dump.Header.ToString();
        _ = dump.VmcoreInfo?.Release;
        var buffer = new byte[80 * dump.PageSize];
        foreach (var page in FewPages)
        {
            var state = dump.StateOf(page * TestData.Page);
            var good = dump.TryRead((page * TestData.Page) + 5, buffer.AsSpan(0, 100), out var fault);
            // A descriptor may be fine and the data behind it not; the other way round would be wrong.
            Assert.True(state == PageState.Present || !good);
            Assert.True(good || fault.State != PageState.Present);
        }
        foreach (var page in FewPages.Where((_, i) => i % 8 == 0))
            dump.TryRead(page * TestData.Page, buffer, out _);
        foreach (var range in dump.PresentRanges().Take(50))
            dump.TryRead(range.Start, buffer.AsSpan(0, (int)Math.Min((ulong)buffer.Length, range.Length)), out _);
    }
}

using System.Diagnostics;
using System.Runtime.InteropServices;
using Panicle.Dumps;

namespace Panicle.TestTools;

/// <summary>Shows what the reader makes of a dump, and what that cost.</summary>
internal static class DumpInfo
{
    public static int Print(IReadOnlyList<string> paths)
    {
        try
        {
            var clock = Stopwatch.StartNew();
            using var dump = DumpReader.Open(paths);
            var opened = clock.Elapsed;
            Console.WriteLine(dump.Header);
            Console.WriteLine(
                $"limit 0x{dump.Limit:x}, page size {dump.PageSize}, notes: "
                    + $"{string.Join(' ', dump.Notes.Select(note => $"{note.Name}/{note.Type}/{note.Descriptor.Length}"))}");
            Console.WriteLine(
                $"vmcoreinfo: {dump.VmcoreInfo?.Release} {dump.VmcoreInfo?.BuildId} {dump.VmcoreInfo?.Lines.Count} lines");
            foreach (var problem in dump.Problems)
                Console.WriteLine($"problem: {problem}");
            Console.WriteLine($"opened in {opened.TotalMilliseconds:f1} ms");
            if (dump.VmcoreInfo is null)
            {
                clock.Restart();
                Console.WriteLine($"scanned: {VmcoreInfoScan.Find(dump)?.Release} in {clock.Elapsed.TotalMilliseconds:f0} ms");
            }
            return 0;
        }
        catch (DumpException error)
        {
            Console.Error.WriteLine(error.Message);
            return 3;
        }
    }

    /// <summary>
    /// Opens the dump and reads the first 10 MB of pages that are in it, then 8 bytes in a thousand places, five times from
    /// nothing, and shows the peak memory.
    /// </summary>
    public static int Bench(IReadOnlyList<string> paths)
    {
        var buffer = GC.AllocateUninitializedArray<byte>(4 << 20);
        for (var round = 0; round < 5; round++)
        {
            var clock = Stopwatch.StartNew();
            using var dump = DumpReader.Open(paths);
            var opened = clock.Elapsed;
            var left = 10 << 20;
            foreach (var range in dump.PresentRanges())
            {
                var size = (int)Math.Min((ulong)Math.Min(left, buffer.Length), range.Length);
                dump.TryRead(range.Start, buffer.AsSpan(0, size), out _);
                if ((left -= size) == 0)
                    break;
            }
            var read = clock.Elapsed;
            var random = new Random(1);
            for (var i = 0; i < 1000; i++)
                dump.TryRead((ulong)random.NextInt64((long)dump.Limit - 8), buffer.AsSpan(0, 8), out _);
            Console.WriteLine(
                $"opened in {opened.TotalMilliseconds:f2} ms, 10 MB in {(read - opened).TotalMilliseconds:f2} ms, 1000 places of "
                    + $"all memory in {(clock.Elapsed - read).TotalMilliseconds:f2} ms, peak "
                    + $"{Process.GetCurrentProcess().PeakWorkingSet64 >> 20} MB");
        }
        return 0;
    }

    /// <summary>
    /// Reads every page in the dump and prints a checksum of addresses and contents, which is the same for every format
    /// of the same dump, and the speed; then the same by single pages in a scattered order.
    /// </summary>
    public static int PrintSums(IReadOnlyList<string> paths)
    {
        using var dump = DumpReader.Open(paths);
        var clock = Stopwatch.StartNew();
        var sum = 0UL;
        var buffer = new byte[4 << 20];
        ulong pages = 0, bad = 0, ranges = 0;
        var reading = TimeSpan.Zero;
        foreach (var range in dump.PresentRanges())
        {
            ranges++;
            for (var at = range.Start; at < range.End;)
            {
                var size = (int)Math.Min((ulong)buffer.Length, range.End - at);
                var begin = clock.Elapsed;
                var good = dump.TryRead(at, buffer.AsSpan(0, size), out var fault);
                reading += clock.Elapsed - begin;
                if (!good)
                {
                    if (bad++ < 3)
                        Console.WriteLine(fault);
                    size = (int)(fault.Address - at);
                }
                sum = Mix(sum, at);
                foreach (var word in MemoryMarshal.Cast<byte, ulong>(buffer.AsSpan(0, size)))
                    sum = Mix(sum, word);
                pages += (ulong)size / (ulong)dump.PageSize;
                at += (ulong)(good ? size : size + dump.PageSize);
            }
        }
        Console.WriteLine(
            $"{pages} pages in {ranges} ranges, {bad} bad, sum {sum:x16}, "
                + $"read in {reading.TotalMilliseconds:f0} ms = {pages * 4.096 / 1000 / reading.TotalSeconds:f0} MB/s");
        Scatter(dump);
        return 0;
    }

    /// <summary>Looks for VMCOREINFO in memory, whatever the notes have.</summary>
    public static int Scan(IReadOnlyList<string> paths)
    {
        using var dump = DumpReader.Open(paths);
        var clock = Stopwatch.StartNew();
        var info = VmcoreInfoScan.Find(dump);
        Console.WriteLine(
            $"{info?.Release ?? "nothing"}, {info?.Lines.Count ?? 0} lines, in {clock.Elapsed.TotalMilliseconds:f0} ms");
        return 0;
    }

    /// <summary>
    /// A checksum that needs no library: it tells formats of the same memory apart, and nobody is out to fool it.
    /// </summary>
    private static ulong Mix(ulong sum, ulong word) => ((sum ^ word) * 0x9E3779B97F4A7C15) + (sum >> 29);

    private static void Scatter(DumpFile dump)
    {
        var pages = dump.PresentRanges().SelectMany(range => Enumerable.Range(0, (int)Math.Min(range.Length / 4096, 1 << 20))
            .Select(i => range.Start + (4096 * (ulong)i))).Take(100_000).ToArray();
        new Random(1).Shuffle(pages);
        Span<byte> eight = stackalloc byte[8];
        for (var round = 0; round < 2; round++)
        {
            var clock = Stopwatch.StartNew();
            foreach (var page in pages.AsSpan(0, Math.Min(pages.Length, 5000)))
                dump.TryRead(page + 16, eight, out _);
            Console.WriteLine($"8 bytes of each of 5000 pages: {clock.Elapsed.TotalMilliseconds:f1} ms");
        }
    }
}

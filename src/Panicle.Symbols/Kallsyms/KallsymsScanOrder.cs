using System.Buffers.Binary;
using Panicle.Dumps;

namespace Panicle.Symbols.Kallsyms;

/// <summary>
/// Where in the image to look first. Reading all of it means decompressing tens of megabytes; but the offsets table alone is
/// hundreds of kilobytes of descending (or ascending) 32-bit numbers, which a page here and there gives away.
/// </summary>
internal static class KallsymsScanOrder
{
    private const ulong PageBytes = 4096;
    private const ulong SampleStride = 64 * 1024;
    private const ulong Behind = 4 * 1024 * 1024;
    private const ulong Ahead = 1024 * 1024;

    /// <summary>The neighbourhoods of what looks like the offsets table, then the whole image.</summary>
    public static IEnumerable<AddressRange> Windows(IMemory memory, VmcoreInfo info, AddressRange image)
    {
        var page = new byte[PageBytes];
        var covered = image.Start;
        for (var at = image.Start & ~(PageBytes - 1); at < DataStart(info, image); at += SampleStride)
        {
            if (at < covered || !memory.TryRead(at, page, out _) || !IsOffsetsPage(page))
                continue;
            // Up to 6.3 the token table comes after the offsets with the names between, later right before them.
            covered = Math.Min(at + Behind, image.End);
            yield return new AddressRange(at, covered);
            yield return new AddressRange(at - image.Start > Ahead ? at - Ahead : image.Start, at);
        }
        yield return image;
    }

    /// <summary>The tables are read-only data, which lies below the kernel's variables.</summary>
    private static ulong DataStart(VmcoreInfo info, AddressRange image)
    {
        var variable = info.Symbol("init_uts_ns") ?? info.Symbol("swapper_pg_dir") ?? image.End;
        return image.Contains(variable) ? variable : image.End;
    }

    /// <summary>A page of offsets: steadily falling negative numbers (absolute per-CPU) or steadily rising positive ones.</summary>
    private static bool IsOffsetsPage(ReadOnlySpan<byte> page)
    {
        int falling = 0, rising = 0, changes = 0, count = (int)PageBytes / sizeof(int);
        var previous = BinaryPrimitives.ReadInt32LittleEndian(page);
        for (var i = 1; i < count; i++)
        {
            var value = BinaryPrimitives.ReadInt32LittleEndian(page[(i * sizeof(int))..]);
            if (value <= previous && value < 0)
                falling++;
            if (value >= previous && value >= 0)
                rising++;
            if (value != previous)
                changes++;
            previous = value;
        }
        return changes > count / 2 && Math.Max(falling, rising) == count - 1;
    }
}

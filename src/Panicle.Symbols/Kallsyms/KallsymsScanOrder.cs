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

    private const ulong ProbeStride = 2 * 1024 * 1024;
    private const int MostUnreadableProbes = 8;

    /// <summary>The neighbourhoods of what looks like the offsets table, then the whole image.</summary>
    public static IEnumerable<AddressRange> Windows(IMemory memory, VmcoreInfo info, AddressRange image)
    {
        image = Readable(memory, info, image);
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
        if (image.Length > 0)
            yield return image;
    }

    /// <summary>
    /// The part of the range that the image really takes: from its first byte (VMCOREINFO's <c>_stext</c>, else the first that can be
    /// read) to where nothing can be read any more.
    /// </summary>
    private static AddressRange Readable(IMemory memory, VmcoreInfo info, AddressRange image)
    {
        if (image.End <= image.Start)
            return default;
        Span<byte> probe = stackalloc byte[1];
        var text = info.Symbol("_stext") ?? 0;
        var start = image.Contains(text) ? text & ~(ProbeStride - 1) : image.Start;
        ulong? first = null;
        var end = start;
        var failures = 0;
        for (var at = Math.Max(start, image.Start); at < image.End && at >= start; at += ProbeStride)
        {
            if (memory.TryRead(at, probe, out _))
            {
                first ??= at;
                end = Math.Min(at + ProbeStride, image.End);
                failures = 0;
            }
            else if (first is not null && ++failures > MostUnreadableProbes)
            {
                break;
            }
        }
        return first is { } found ? new AddressRange(found, end) : default;
    }

    /// <summary>The tables are read-only data, which lies below the kernel's variables.</summary>
    private static ulong DataStart(VmcoreInfo info, AddressRange image)
    {
        var variable = info.Symbol("init_uts_ns") ?? info.Symbol("swapper_pg_dir") ?? image.End;
        return image.Contains(variable) ? variable : image.End;
    }

    /// <summary>
    /// A page of offsets: steadily falling negative numbers (absolute per-CPU), or steadily rising ones; those relative to their own
    /// places fall back by four between two names for one address.
    /// </summary>
    private static bool IsOffsetsPage(ReadOnlySpan<byte> page)
    {
        int falling = 0, rising = 0, changes = 0, count = (int)PageBytes / sizeof(int);
        var previous = BinaryPrimitives.ReadInt32LittleEndian(page);
        for (var i = 1; i < count; i++)
        {
            var value = BinaryPrimitives.ReadInt32LittleEndian(page[(i * sizeof(int))..]);
            if (value <= previous && value < 0)
                falling++;
            if (value >= (long)previous - sizeof(int))
                rising++;
            if (value != previous)
                changes++;
            previous = value;
        }
        return changes > count / 2 && Math.Max(falling, rising) == count - 1;
    }
}

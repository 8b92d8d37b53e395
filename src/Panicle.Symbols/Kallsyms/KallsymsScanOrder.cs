using System.Buffers.Binary;
using Panicle.Dumps;

namespace Panicle.Symbols.Kallsyms;

/// <summary>
/// Where in the image to look first. Reading all of it means decompressing tens of megabytes; but the offsets table alone is
/// hundreds of kilobytes of descending (or ascending) 32-bit numbers, which a page here and there gives away.
/// </summary>
internal static class KallsymsScanOrder
{
    public const ulong PageBytes = IMemory.SmallestPage;
    private const ulong SampleStride = 64 * 1024;
    private const ulong Covered = 1024 * 1024;
    private const ulong ProbeStride = 2 * 1024 * 1024;
    private const int MostUnreadableProbes = 8;

    /// <summary>Pages, well apart, that look like a part of the offsets table.</summary>
    public static IEnumerable<ulong> OffsetsPages(IMemory memory, VmcoreInfo info, AddressRange image)
    {
        var page = new byte[PageBytes];
        var end = DataStart(info, image);
        for (var at = image.Start & ~(PageBytes - 1); at < end; at += SampleStride)
        {
            if (!memory.TryRead(at, page, out _) || !IsOffsetsPage(page))
                continue;
            yield return at;
            at += Covered;
        }
    }

    /// <summary>
    /// The part of the range that the image really takes: from VMCOREINFO's <c>_stext</c> to where nothing can be read any more.
    /// </summary>
    public static AddressRange Readable(IMemory memory, VmcoreInfo info, AddressRange image)
    {
        if (image.End <= image.Start)
            return default;
        Span<byte> probe = stackalloc byte[1];
        // Without a known start nothing says whether a gap comes before the image or after it.
        if (info.Symbol("_stext") is not { } text || !image.Contains(text))
            return image;
        var start = Math.Max(text & ~(ProbeStride - 1), image.Start);
        var end = start;
        var failures = 0;
        for (var at = start; at < image.End && at >= start && failures <= MostUnreadableProbes; at += ProbeStride)
        {
            if (memory.TryRead(at, probe, out _))
                (end, failures) = (Math.Min(at + ProbeStride, image.End), 0);
            else
                failures++;
        }
        return new AddressRange(start, end);
    }

    /// <summary>The tables are read-only data, which lies below the kernel's variables.</summary>
    private static ulong DataStart(VmcoreInfo info, AddressRange image)
    {
        var variable = info.Symbol("init_uts_ns") ?? info.Symbol("swapper_pg_dir") ?? image.End;
        return image.Contains(variable) ? variable : image.End;
    }

    /// <summary>
    /// A page of offsets: steadily falling negative numbers (absolute per-CPU), or steadily rising ones; those relative to their
    /// own places fall back by four between two names for one address.
    /// </summary>
    private static bool IsOffsetsPage(ReadOnlySpan<byte> page) =>
        IsSteady(page, out var changes) && changes > page.Length / sizeof(int) / 2;

    /// <summary>
    /// Whether a page may lie between others of the offsets table:
    /// as <see cref="IsOffsetsPage"/>, but thousands of symbols may share an address.
    /// </summary>
    public static bool IsSteady(ReadOnlySpan<byte> page, out int changes)
    {
        int falling = 0, rising = 0, count = page.Length / sizeof(int);
        var previous = BinaryPrimitives.ReadInt32LittleEndian(page);
        changes = 0;
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
        return previous != 0 && Math.Max(falling, rising) == count - 1;
    }
}

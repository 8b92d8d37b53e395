using System.Buffers.Binary;
using Panicle.Dumps;

namespace Panicle.Symbols.Kallsyms;

/// <summary>
/// Follows the tables from a page of the offsets in kernels before 6.4, which keep no note of where they are: the base, the count
/// and the names come right behind the offsets, and behind the names come the tokens. Only what is needed anyway is read.
/// </summary>
internal static class KallsymsOffsetsFirst
{
    private const int WideBytes = sizeof(ulong);

    // A million symbols take this many pages.
    private const int MostPages = 1024;
    private const int Gallop = 8;
    private const int BytesPerName = 16;
    private const int TokenReach = 8 * 1024;

    public static KallsymsLayout? Find(IMemory memory, ulong page, AddressRange image)
    {
        var last = LastPage(memory, page);
        // The offsets end in the page behind the last that holds nothing else; base and count may reach into one more.
        var bytes = MemoryBlock.Read(memory, last, 3 * (int)KallsymsScanOrder.PageBytes, out _);
        var skew = (int)(last & (WideBytes - 1));
        for (var at = skew; at + (2 * WideBytes) <= bytes.Length; at += WideBytes)
        {
            var relativeBase = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at));
            var count = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at + WideBytes));
            if (!image.Contains(relativeBase) || count is < 0 or > int.MaxValue || !KallsymsLocator.IsPlausible((int)count))
                continue;
            if (Follow(memory, last + (ulong)at, relativeBase, (int)count, image) is { } layout)
                return layout;
        }
        return null;
    }

    private static KallsymsLayout? Follow(IMemory memory, ulong basePlace, ulong relativeBase, int count, AddressRange image)
    {
        var offsetsLength = ((ulong)count * sizeof(int) + WideBytes - 1) & ~(ulong)(WideBytes - 1);
        var names = basePlace + (2 * WideBytes);
        var length = (int)Math.Min((ulong)count * BytesPerName, image.End > names ? image.End - names : 0);
        var bytes = MemoryBlock.Read(memory, names, length, out _);
        if (KallsymsNameShape.LengthOf(bytes, count) is not { } nameLength)
            return null;
        Array.Resize(ref bytes, nameLength);
        var markers = ((ulong)count + KallsymsNames.MarkerStep - 1) / KallsymsNames.MarkerStep * sizeof(uint);
        var behindMarkers = names + (ulong)nameLength + markers;
        // Some kernels have the order by name between the markers and the tokens.
        foreach (var start in (ReadOnlySpan<ulong>)[behindMarkers, behindMarkers + ((ulong)count * 3)])
        {
            foreach (var digits in KallsymsTokenScan.Digits(memory, new AddressRange(start, start + TokenReach)))
            {
                if (KallsymsTokenScan.TryLocate(memory, digits) is not var (table, index, _))
                    continue;
                var layout = new KallsymsLayout(names, count, table, index, basePlace - offsetsLength, relativeBase, bytes);
                if (KallsymsAddressingDetector.Detect(memory, layout, image) is not null)
                    return layout;
            }
        }
        return null;
    }

    /// <summary>The last of the pages that hold nothing but offsets.</summary>
    private static ulong LastPage(IMemory memory, ulong page)
    {
        var pages = 0;
        foreach (var step in (ReadOnlySpan<int>)[Gallop, 1])
            while (pages < MostPages && IsOffsets(memory, page + ((ulong)step * KallsymsScanOrder.PageBytes)))
            {
                page += (ulong)step * KallsymsScanOrder.PageBytes;
                pages += step;
            }
        return page;
    }

    private static bool IsOffsets(IMemory memory, ulong page)
    {
        Span<byte> bytes = stackalloc byte[(int)KallsymsScanOrder.PageBytes];
        return memory.TryRead(page, bytes, out _) && KallsymsScanOrder.IsSteady(bytes, out _);
    }
}

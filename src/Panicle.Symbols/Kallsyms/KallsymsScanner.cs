using Panicle.Dumps;

namespace Panicle.Symbols.Kallsyms;

/// <summary>
/// Finds the tables in the kernel image where VMCOREINFO doesn't name them (before 6.0). The token table has an unmistakable
/// piece, the ten digits as tokens one after the other; everything else follows from it:
/// the index lies behind it, the names before it, each starts with a type letter, and the offsets lie in front of the names (up
/// to 6.3) or behind the index (6.4 and later).
/// </summary>
internal static class KallsymsScanner
{
    // The names are at most this far in front of the token table; a large kernel's are 3 MB.
    private const ulong NamesReach = 32 * 1024 * 1024;
    private const ulong OffsetsReach = 1024 * 1024;
    private const int ChunkBytes = 256 * 1024;

    // Enough for the first few hundred names.
    private const int Overlap = 32 * 1024;
    private const int Word = sizeof(uint);

    // In a sound dump the first few pages that look like offsets are. In a damaged one any number may, each with a megabyte to
    // search; the pass over the whole image that follows misses nothing.
    private const int MostOffsetsPages = 16;

    // Encoded, a name takes some ten bytes; its marker and its place in the order by name are in this, too.
    private const ulong LeastBytesOfName = 3;
    private const ulong MostBytesOfName = 64;

    // Each candidate is a walk over all names, a few milliseconds;
    // where the names are damaged, thousands of places look like their start.
    private const int MostCandidates = 200;

    public static KallsymsLayout? Find(IMemory memory, VmcoreInfo info, AddressRange kernelImage)
    {
        var image = KallsymsScanOrder.Readable(memory, info, kernelImage);
        foreach (var page in KallsymsScanOrder.OffsetsPages(memory, info, image).Take(MostOffsetsPages))
        {
            if (KallsymsOffsetsFirst.Find(memory, page, image) is { } old)
                return old;
            // Since 6.4 the token table comes right before the offsets.
            var start = page - image.Start > OffsetsReach ? page - OffsetsReach : image.Start;
            if (FindIn(memory, new AddressRange(start, page), image) is { } layout)
                return layout;
        }
        return FindIn(memory, image, image);
    }

    /// <summary>The first page of the image that the dump should have and lacks; null for none.</summary>
    public static MemoryFault? FirstLost(IMemory memory, AddressRange kernelImage)
    {
        Span<byte> one = stackalloc byte[1];
        for (var at = kernelImage.Start; at < kernelImage.End; at += IMemory.SmallestPage)
            if (!memory.TryRead(at, one, out var fault) && fault.State is PageState.BeyondEnd or PageState.Damaged)
                return fault;
        return null;
    }

    private static KallsymsLayout? FindIn(IMemory memory, AddressRange window, AddressRange kernelImage)
    {
        foreach (var digits in KallsymsTokenScan.Digits(memory, window))
        {
            if (KallsymsTokenScan.TryLocate(memory, digits) is not var (table, index, tokens))
                continue;
            if (FindNames(memory, table, tokens, kernelImage) is var (names, count)
                && FindOffsets(memory, names, count, table, index, kernelImage) is { } layout)
                return layout;
        }
        return null;
    }

    /// <summary>Goes back from the token table to the count, which stands right before the first name.</summary>
    private static (ulong Names, int Count)? FindNames(
        IMemory memory, ulong tokenTable, KallsymsTokens tokens, AddressRange kernelImage)
    {
        var lowest = Math.Max(kernelImage.Start, tokenTable > NamesReach ? tokenTable - NamesReach : 0);
        var end = tokenTable & ~(ulong)(Word - 1);
        var candidates = 0;
        // A chunk is looked at together with a piece of the one behind it, so that the first names are there whole.
        while (end > lowest)
        {
            var start = end - lowest > ChunkBytes ? end - ChunkBytes : lowest;
            var length = (int)Math.Min(end - start + Overlap, tokenTable - start);
            var bytes = MemoryBlock.Read(memory, start, length, out _);
            for (var at = (int)(end - start) - Word; at >= 0; at -= Word)
            {
                var count = BitConverter.ToInt32(bytes, at);
                if (!KallsymsLocator.IsPlausible(count))
                    continue;
                // Before 7.1 the count is padded to eight bytes.
                var isPadded = at + (2 * Word) <= bytes.Length && BitConverter.ToInt32(bytes, at + Word) == 0;
                var first = at + (isPadded ? 2 * Word : Word);
                var room = tokenTable - start - (ulong)first;
                if (room < (ulong)count * LeastBytesOfName || room > (ulong)count * MostBytesOfName
                    || !KallsymsNameShape.IsStart(bytes.AsSpan(first), tokens))
                    continue;
                if (KallsymsNameShape.EndsBefore(memory, start + (ulong)first, count, tokenTable))
                    return (start + (ulong)first, count);
                if (++candidates == MostCandidates)
                    return null;
            }
            end = start;
        }
        return null;
    }

    private static KallsymsLayout? FindOffsets(
        IMemory memory, ulong names, int count, ulong table, ulong index, AddressRange kernelImage)
    {
        const int wide = sizeof(ulong);
        var length = Align((ulong)count * Word, wide);
        var behindIndex = Align(index + KallsymsTokens.IndexBytes, wide);
        // The count and, up to 6.3, the base take eight bytes each.
        var beforeNames = names - (2 * wide) - length;
        ReadOnlySpan<(ulong Offsets, ulong? Base)> candidates =
        [
            (beforeNames, names - (2 * wide)),
            (behindIndex, behindIndex + length),
            (Align(index + KallsymsTokens.IndexBytes, Word), null),
        ];
        foreach (var (offsets, basePlace) in candidates)
        {
            ulong? relativeBase = null;
            if (basePlace is { } place)
            {
                var bytes = new byte[wide];
                if (!memory.TryRead(place, bytes, out _))
                    continue;
                relativeBase = BitConverter.ToUInt64(bytes);
                if (!kernelImage.Contains(relativeBase.Value))
                    continue;
            }
            var layout = new KallsymsLayout(names, count, table, index, offsets, relativeBase);
            if (KallsymsAddressingDetector.Detect(memory, layout, kernelImage) is not null)
                return layout;
        }
        return null;
    }

    private static ulong Align(ulong address, int alignment) => (address + (ulong)alignment - 1) & ~((ulong)alignment - 1);
}

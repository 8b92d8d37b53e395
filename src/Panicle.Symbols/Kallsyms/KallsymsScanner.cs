using Panicle.Dumps;

namespace Panicle.Symbols.Kallsyms;

/// <summary>
/// Finds the tables in the kernel image where VMCOREINFO doesn't name them (before 6.0). The token table has an unmistakable
/// piece, the ten digits as tokens one after the other; everything else follows from it:
/// the index lies behind it, the names before it, each starts with a type letter, and the offsets lie in front of the names (up to
/// 6.3) or behind the index (6.4 and later).
/// </summary>
internal static class KallsymsScanner
{
    // Before 6.4: offsets, relative base, count, names. The names are at most this far in front of the token table.
    private const ulong NamesReach = 32 * 1024 * 1024;
    private const int ChunkBytes = 256 * 1024;
    private const int Alignment = 8;

    public static KallsymsLayout? Find(IMemory memory, VmcoreInfo info, AddressRange kernelImage, Limits limits)
    {
        if (kernelImage.End <= kernelImage.Start || kernelImage.Length > (ulong)limits.MaxBlock * 16)
            return null;
        foreach (var window in KallsymsScanOrder.Windows(memory, info, kernelImage))
            if (FindIn(memory, window, kernelImage) is { } layout)
                return layout;
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

    /// <summary>Goes back from the token table to the count, which stands alone in eight bytes right before the first name.</summary>
    private static (ulong Names, int Count)? FindNames(
        IMemory memory, ulong tokenTable, KallsymsTokens tokens, AddressRange kernelImage)
    {
        var lowest = Math.Max(kernelImage.Start, tokenTable > NamesReach ? tokenTable - NamesReach : 0);
        var end = tokenTable & ~(ulong)(Alignment - 1);
        // A chunk is looked at together with the one behind it, so that the first names are there whole.
        while (end > lowest)
        {
            var start = end - lowest > ChunkBytes ? end - ChunkBytes : lowest;
            var length = (int)Math.Min(end - start + ChunkBytes, tokenTable - start);
            var bytes = MemoryBlock.Read(memory, start, length, out _);
            for (var at = (int)(end - start) - Alignment; at >= 0; at -= Alignment)
            {
                var count = BitConverter.ToInt64(bytes, at);
                if (count is > 256 and < int.MaxValue && KallsymsLocator.IsPlausible((int)count)
                    && StartsWithNames(bytes.AsSpan(at + Alignment), tokens))
                    return (start + (ulong)at + Alignment, (int)count);
            }
            end = start;
        }
        return null;
    }

    private static bool StartsWithNames(ReadOnlySpan<byte> bytes, KallsymsTokens tokens)
    {
        const int checkedNames = 200;
        var position = 0;
        for (var i = 0; i < checkedNames; i++)
        {
            var (start, length) = KallsymsNames.Encoded(bytes, position);
            if (length == 0 || !LooksLikeName(bytes.Slice(start, length), tokens))
                return false;
            position = start + length;
        }
        return true;
    }

    private static bool LooksLikeName(ReadOnlySpan<byte> codes, KallsymsTokens tokens)
    {
        var total = 0;
        for (var i = 0; i < codes.Length; i++)
        {
            var text = tokens.Text(codes[i]);
            total += text.Length;
            if (text.IsEmpty || text.ContainsAnyExceptInRange((byte)'!', (byte)'~') || (i == 0 && !char.IsAsciiLetter((char)text[0])))
                return false;
        }
        return total is > 1 and <= KallsymsNames.MaxNameLength;
    }

    private static KallsymsLayout? FindOffsets(
        IMemory memory, ulong names, int count, ulong table, ulong index, AddressRange kernelImage)
    {
        var length = Align((ulong)count * sizeof(int));
        var behindIndex = Align(index + KallsymsTokens.IndexBytes);
        // The count and, up to 6.3, the base take eight bytes each.
        var beforeNames = names - (2 * Alignment) - length;
        ReadOnlySpan<(ulong Offsets, ulong? Base)> candidates =
        [
            (beforeNames, names - (2 * Alignment)),
            (behindIndex, behindIndex + length),
            (behindIndex, null),
        ];
        foreach (var (offsets, basePlace) in candidates)
        {
            ulong? relativeBase = null;
            if (basePlace is { } place)
            {
                var bytes = new byte[sizeof(ulong)];
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

    private static ulong Align(ulong address) => (address + Alignment - 1) & ~(ulong)(Alignment - 1);
}

using Panicle.Dumps;

namespace Panicle.Symbols.Kallsyms;

/// <summary>
/// Tells how the offsets are to be read, by reading samples in each way: only the right one gives ascending addresses
/// that end inside the kernel image. No version number says it: distributions carry these changes to older kernels.
/// </summary>
internal static class KallsymsAddressingDetector
{
    private const int Samples = 64;

    // A damaged page that still decompresses puts a few samples anywhere; the wrong way of reading, half of them.
    private const int MostFalls = 4;

    public static KallsymsAddresses? Detect(IMemory memory, in KallsymsLayout layout, AddressRange kernelImage)
    {
        ReadOnlySpan<KallsymsAddressing> candidates = layout.RelativeBase is null
            ? [KallsymsAddressing.PlaceRelative]
            : [KallsymsAddressing.AbsolutePercpu, KallsymsAddressing.Relative];
        foreach (var candidate in candidates)
        {
            var addresses = new KallsymsAddresses(memory, layout, candidate);
            if (Fits(addresses, kernelImage))
                return addresses;
        }
        return null;
    }

    private static bool Fits(KallsymsAddresses addresses, AddressRange kernelImage)
    {
        ulong previous = 0;
        int inImage = 0, read = 0, falls = 0;
        for (var i = 0; i < Samples; i++)
        {
            if (!addresses.TryGet((int)((long)(addresses.Count - 1) * i / (Samples - 1)), out var address))
                continue;
            if (address < previous)
                falls++;
            previous = address;
            read++;
            // The very last symbols (_end, the end of the break area) may lie at the image's end or a little past it.
            if (kernelImage.Contains(address) || address == kernelImage.End)
                inImage++;
        }
        return read > 0 && inImage * 2 > read && falls <= MostFalls;
    }
}

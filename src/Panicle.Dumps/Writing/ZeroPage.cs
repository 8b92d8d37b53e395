using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Panicle.Dumps.Writing;

/// <summary>Tells pages of zeros, which is most of what a machine's memory is when nothing is left out.</summary>
public static class ZeroPage
{
    /// <summary>Whether all bytes of a page are 0.</summary>
    /// <param name="page">The page, of any length.</param>
    public static bool Is(ReadOnlySpan<byte> page)
    {
        // One test for eight vectors: a search for another byte makes one for each, which costs an emulated guest most of a capture.
        var vectors = MemoryMarshal.Cast<byte, Vector128<ulong>>(page);
        for (; vectors.Length >= 8; vectors = vectors[8..])
        {
            var any = vectors[0] | vectors[1] | vectors[2] | vectors[3] | vectors[4] | vectors[5] | vectors[6] | vectors[7];
            if ((any[0] | any[1]) != 0)
                return false;
        }
        return !page[^(page.Length % (8 * Vector128<byte>.Count))..].ContainsAnyExcept((byte)0);
    }
}

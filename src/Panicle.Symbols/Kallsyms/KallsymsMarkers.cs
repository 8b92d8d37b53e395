using System.Buffers.Binary;

namespace Panicle.Symbols.Kallsyms;

/// <summary>
/// The kernel's own <c>kallsyms_markers</c>: where in the names each 256th one starts. They lie between the names and the token
/// table (the exact place varies), and let the names be read on behind a page that is lost or damaged.
/// </summary>
internal static class KallsymsMarkers
{
    private const int Word = sizeof(uint);

    // Of 256 names: each has a length and a code at least; a name that filled KSYM_NAME_LEN throughout would be no kernel's.
    private const uint LeastDistance = 2 * KallsymsNames.MarkerStep;
    private const uint MostDistance = 256 * KallsymsNames.MarkerStep;

    /// <summary>
    /// Finds the markers in the bytes from the first name to the token table; null if they are not there whole.
    /// </summary>
    /// <param name="data">The names and what follows them.</param>
    /// <param name="address">Address of the first of these bytes: the markers are aligned to four.</param>
    /// <param name="count">Number of names.</param>
    public static int[]? Find(ReadOnlySpan<byte> data, ulong address, int count)
    {
        var markers = (count + KallsymsNames.MarkerStep - 1) >> KallsymsNames.MarkerShift;
        var last = data.Length - markers * Word;
        for (var at = last - (int)((address + (ulong)Math.Max(last, 0)) % Word); at >= 0; at -= Word)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(data[at..]) == 0 && Read(data.Slice(at, markers * Word), at) is { } found)
                return found;
        }
        return null;
    }

    private static int[]? Read(ReadOnlySpan<byte> words, int end)
    {
        var markers = new int[words.Length / Word];
        uint previous = 0;
        for (var i = 1; i < markers.Length; i++)
        {
            var marker = BinaryPrimitives.ReadUInt32LittleEndian(words[(i * Word)..]);
            if (marker - previous is < LeastDistance or > MostDistance || marker >= (uint)end)
                return null;
            markers[i] = (int)marker;
            previous = marker;
        }
        return markers;
    }
}

namespace Panicle.Formats.Compression;

/// <summary>Copying from the output decoded so far, which LZO and Snappy share.</summary>
internal static class Match
{
    /// <summary>
    /// Appends <paramref name="length"/> bytes that begin <paramref name="distance"/> bytes before the end of what is
    /// written. A distance below the length repeats the bytes in between. False if either end lies outside the output.
    /// </summary>
    public static bool Copy(Span<byte> output, ref int written, int distance, int length)
    {
        if (distance <= 0 || distance > written || length < 0 || length > output.Length - written)
            return false;
        var from = written - distance;
        if (distance >= length)
            output.Slice(from, length).CopyTo(output[written..]);
        else if (distance == 1)
            output.Slice(written, length).Fill(output[from]);
        else
            Repeat(output, from, written, length);
        written += length;
        return true;
    }

    /// <summary>Copies a pattern onto itself, doubling what is copied at a time.</summary>
    private static void Repeat(Span<byte> output, int from, int to, int length)
    {
        while (length > 0)
        {
            var step = Math.Min(to - from, length);
            output.Slice(from, step).CopyTo(output[to..]);
            to += step;
            length -= step;
        }
    }
}

using System.Globalization;

namespace Panicle.Formats.Http;

/// <summary>
/// A part of a file that a client asks for (RFC 9110, section 14): <c>bytes=0-499</c>, <c>bytes=500-</c>, <c>bytes=-500</c>.
/// </summary>
/// <param name="From">Its first byte.</param>
/// <param name="Count">How many bytes it has; 0 if it lies outside of the file.</param>
public readonly record struct ByteRange(long From, long Count)
{
    /// <summary>
    /// Reads the field <c>Range</c>; null if it asks for the whole, for several parts, or for nothing that makes sense.
    /// </summary>
    public static ByteRange? Parse(string? field, long length)
    {
        if (field is null || !field.StartsWith("bytes=", StringComparison.Ordinal)
            || field[6..].Split('-') is not [var first, var last])
            return null;
        if (first.Length == 0)
            return TryNumber(last, out var tail) ? new ByteRange(Math.Max(0, length - tail), Math.Min(tail, length)) : null;
        if (!TryNumber(first, out var from))
            return null;
        var end = length - 1;
        if (last.Length > 0 && (!TryNumber(last, out end) || end < from))
            return null;
        return from >= length ? new ByteRange(from, 0) : new ByteRange(from, Math.Min(end, length - 1) - from + 1);
    }

    private static bool TryNumber(string text, out long value) =>
        long.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out value);
}

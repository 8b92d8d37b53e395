using Panicle.Dumps;

namespace Panicle.Symbols.Kallsyms;

/// <summary>Tells whether bytes are the stream of compressed names.</summary>
internal static class KallsymsNameShape
{
    private const int CheckedNames = 200;

    // Alignment between the tables, at most eight bytes for each.
    private const long Slack = 16;

    /// <summary>Whether names start here: each of the first few hundred expands to a letter and printable characters.</summary>
    public static bool IsStart(ReadOnlySpan<byte> bytes, KallsymsTokens tokens)
    {
        var position = 0;
        for (var i = 0; i < CheckedNames; i++)
        {
            var (start, length) = KallsymsNames.Encoded(bytes, position);
            if (length == 0 || !IsName(bytes.Slice(start, length), tokens))
                return false;
            position = start + length;
        }
        return true;
    }

    /// <summary>
    /// Whether that many names end where the markers (four bytes for each 256 names), and in some kernels the order by name
    /// (three bytes for each), just fill the gap to the token table.
    /// It rules out a number inside the stream that looks like a count.
    /// </summary>
    public static bool EndsBefore(IMemory memory, ulong names, int count, ulong tokenTable)
    {
        var bytes = MemoryBlock.Read(memory, names, (int)(tokenTable - names), out _);
        if (LengthOf(bytes, count) is not { } position)
            return false;
        var markers = ((long)count + KallsymsNames.MarkerStep - 1) / KallsymsNames.MarkerStep * sizeof(uint);
        var gap = bytes.Length - position - markers;
        return gap is >= 0 and < Slack || (gap - (3L * count)) is >= 0 and < Slack;
    }

    /// <summary>The bytes that this many names take; null if the stream ends or breaks before.</summary>
    public static int? LengthOf(ReadOnlySpan<byte> bytes, int count)
    {
        var position = 0;
        for (var i = 0; i < count; i++)
        {
            var (start, length) = KallsymsNames.Encoded(bytes, position);
            if (length == 0)
                return null;
            position = start + length;
        }
        return position;
    }

    private static bool IsName(ReadOnlySpan<byte> codes, KallsymsTokens tokens)
    {
        var total = 0;
        for (var i = 0; i < codes.Length; i++)
        {
            var text = tokens.Text(codes[i]);
            total += text.Length;
            if (text.IsEmpty || total > KallsymsNames.MaxNameLength
                || text.ContainsAnyExceptInRange((byte)'!', (byte)'~') || (i == 0 && !char.IsAsciiLetter((char)text[0])))
                return false;
        }
        return total > 1;
    }
}

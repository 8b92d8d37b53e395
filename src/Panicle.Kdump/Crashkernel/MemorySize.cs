namespace Panicle.Kdump.Crashkernel;

/// <summary>
/// Amounts of memory as the kernel's command line spells them (memparse() in lib/cmdline.c): a number, decimal, octal with a
/// leading 0 or hex with 0x, and one of the letters K M G T P E for powers of 1024.
/// </summary>
public static class MemorySize
{
    private const string Units = "KMGTPE";

    /// <summary>
    /// Reads a size from the start of a text, as far as it goes; <paramref name="rest"/> is what follows it.
    /// False if no digit stands there.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<char> text, out ulong bytes, out ReadOnlySpan<char> rest)
    {
        var numberBase = text switch
        {
            ['0', 'x' or 'X', var digit, ..] when char.IsAsciiHexDigit(digit) => 16u,
            ['0', >= '0' and <= '7', ..] => 8u,
            _ => 10u,
        };
        rest = numberBase == 16 ? text[2..] : text;
        bytes = 0;
        var start = rest;
        while (rest.Length > 0 && Digit(rest[0]) < numberBase)
        {
            bytes = bytes * numberBase + Digit(rest[0]);
            rest = rest[1..];
        }
        if (start.Length == rest.Length)
            return false;
        if (rest.Length > 0 && Units.IndexOf(char.ToUpperInvariant(rest[0]), StringComparison.Ordinal) is >= 0 and var unit)
        {
            bytes <<= 10 * (unit + 1);
            rest = rest[1..];
        }
        return true;
    }

    /// <summary>Reads a size that is the whole text. A trailing "B" or "iB" is taken too: people write 64GB.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out ulong bytes) =>
        TryRead(text, out bytes, out var rest) && rest is "" or "B" or "iB";

    /// <summary>The shortest spelling that the kernel reads as this amount: <c>256M</c>.</summary>
    public static string Format(ulong bytes)
    {
        var unit = -1;
        while (bytes != 0 && bytes % 1024 == 0 && unit < Units.Length - 1)
        {
            bytes /= 1024;
            unit++;
        }
        return unit < 0 ? $"{bytes}" : $"{bytes}{Units[unit]}";
    }

    private static uint Digit(char character) =>
        char.IsAsciiHexDigit(character) ? (uint)Convert.ToInt32(character.ToString(), 16) : uint.MaxValue;
}

namespace Panicle.Kdump.Crashkernel;

/// <summary>
/// Amounts of memory as the kernel's command line spells them (memparse() in lib/cmdline.c): a number, decimal, octal with a
/// leading 0 or hex with 0x, and one of the letters K M G T P E for powers of 1024.
/// </summary>
public static class MemorySize
{
    private const string Units = "KMGTPE";

    /// <summary>
    /// Reads a size from the start of a text as the kernel does, as far as it goes; <paramref name="rest"/> is what follows it.
    /// What is too large loses its upper bits there, and a letter without a number is 0. False if neither stands there.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<char> text, out ulong bytes, out ReadOnlySpan<char> rest) =>
        TryRead(text, out bytes, out rest, out _, out _);

    /// <summary>The same, and whether it lost upper bits.</summary>
    public static bool TryRead(ReadOnlySpan<char> text, out ulong bytes, out ReadOnlySpan<char> rest, out bool isTooLarge) =>
        TryRead(text, out bytes, out rest, out _, out isTooLarge);

    private static bool TryRead(
        ReadOnlySpan<char> text, out ulong bytes, out ReadOnlySpan<char> rest, out bool hasNumber, out bool isTooLarge)
    {
        // simple_strtoull(…, 0): a 0 in front makes it octal, whatever follows.
        var numberBase = text switch
        {
            ['0', 'x' or 'X', var digit, ..] when char.IsAsciiHexDigit(digit) => 16u,
            ['0', ..] => 8u,
            _ => 10u,
        };
        rest = numberBase == 16 ? text[2..] : text;
        UInt128 value = 0;
        isTooLarge = false;
        var digits = rest.Length;
        while (rest.Length > 0 && Digit(rest[0]) < numberBase)
        {
            value = value * numberBase + Digit(rest[0]);
            isTooLarge |= value > ulong.MaxValue;
            value = (ulong)value;
            rest = rest[1..];
        }
        hasNumber = rest.Length < digits;
        if (rest.Length > 0 && Units.IndexOf(char.ToUpperInvariant(rest[0]), StringComparison.Ordinal) is >= 0 and var unit)
        {
            value <<= 10 * (unit + 1);
            isTooLarge |= value > ulong.MaxValue;
            rest = rest[1..];
        }
        bytes = (ulong)value;
        return hasNumber || rest.Length < text.Length;
    }

    /// <summary>
    /// Reads a size that is the whole text and fits 64 bits. A trailing "B" or "iB" is taken too: people write 64GB.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, out ulong bytes) =>
        TryRead(text, out bytes, out var rest, out var hasNumber, out var isTooLarge) && hasNumber && !isTooLarge
        && rest is "" or "B" or "iB";

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

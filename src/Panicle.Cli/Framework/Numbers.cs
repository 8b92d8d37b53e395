using System.Globalization;

namespace Panicle.Cli;

/// <summary>Numbers as people type them.</summary>
internal static class Numbers
{
    /// <summary>Parses a number: hex with <c>0x</c>, else decimal.</summary>
    public static bool TryParse(string text, out ulong value) =>
        text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? TryParseHex(text, out value)
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    /// <summary>Parses a hex number, with or without <c>0x</c>.</summary>
    public static bool TryParseHex(string text, out ulong value)
    {
        var digits = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? text.AsSpan(2) : text;
        return ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>
    /// Parses an address as crash takes it: hex with or without <c>0x</c>. A bare word of hex digits counts only
    /// from eight digits on, so that <c>dead</c> and <c>face</c> stay names and 776 stays a PID.
    /// </summary>
    public static bool TryParseAddress(string text, out ulong value)
    {
        value = 0;
        return (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) || text.Length >= 8) && TryParseHex(text, out value);
    }

    /// <summary>Parses a count or an index (decimal, or hex with <c>0x</c>) or says what is wrong with it.</summary>
    public static int Count(string text, string what) =>
        TryParse(text, out var value) && value <= int.MaxValue
            ? (int)value
            : throw new CommandException($"{what}: '{text}' is not a number");

    /// <summary>Parses a list of small numbers and ranges as the kernel writes them: <c>0,2-3</c>.</summary>
    public static IReadOnlySet<int> List(string text, string what)
    {
        const int Largest = 65535;
        var numbers = new HashSet<int>();
        foreach (var part in text.Split(','))
        {
            var ends = part.Split('-', 2);
            var first = Count(ends[0], what);
            var last = ends.Length > 1 ? Count(ends[1], what) : first;
            if (last > Largest)
                throw new CommandException($"{what}: {last} is too large");
            for (var number = first; number <= last; number++)
                numbers.Add(number);
        }
        return numbers;
    }
}

using System.Globalization;
using Panicle.Symbols.Dwarf;

namespace Panicle.Cli;

/// <summary>A place in code as the kernel prints it: <c>sysrq_handle_crash+0x16/0x20 [module]</c>.</summary>
/// <param name="Function">The function.</param>
/// <param name="Offset">Bytes from its start.</param>
/// <param name="Size">The function's size in bytes, or null if it isn't given.</param>
internal sealed record PlaceName(string Function, ulong Offset, ulong? Size)
{
    /// <summary>Reads such a place: offset and size are hexadecimal with 0x, else decimal.</summary>
    public static PlaceName? Parse(string text)
    {
        var name = text.Split(' ', 2)[0];
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        var plus = name.LastIndexOf('+', slash < 0 ? name.Length - 1 : slash);
        ulong offset = 0, size = 0;
        if (slash >= 0 && !TryNumber(name[(slash + 1)..], out size))
            return null;
        if (plus > 0 && !TryNumber(name[(plus + 1)..(slash < 0 ? name.Length : slash)], out offset))
            return null;
        var function = plus > 0 ? name[..plus] : slash < 0 ? name : name[..slash];
        return function.Length == 0 ? null : new(function, offset, slash < 0 ? null : size);
    }

    /// <summary>The address of a place that is written as the kernel prints it, or null.</summary>
    public static ulong? Find(DebugBinary binary, string text) =>
        text.Length > 0 && Parse(text) is { } name ? binary.Place(name.Function, name.Offset, name.Size) : null;

    private static bool TryNumber(string text, out ulong number) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number)
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}

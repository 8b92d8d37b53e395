using System.Globalization;
using Panicle.Formats.Demangling;

namespace Panicle.Symbols;

/// <summary>A place in code as the kernel prints it: <c>sysrq_handle_crash+0x16/0x20 [module]</c>.</summary>
/// <param name="Function">The function's symbol.</param>
/// <param name="Offset">Bytes from its start, or null where only the function is meant.</param>
/// <param name="Size">The function's size in bytes, or null where it isn't told.</param>
/// <param name="Module">The module that the function is of; null for the kernel image.</param>
public readonly record struct CodePlace(string Function, ulong? Offset = null, ulong? Size = null, string? Module = null)
{
    /// <summary>The function and its module: "crashme_inner [crashme]".</summary>
    public string FunctionText => Module is null ? Function : $"{Function} [{Module}]";

    /// <summary>The place with the path of a C++ or Rust function instead of its symbol.</summary>
    public CodePlace Demangled => this with { Function = NameDemangler.PathOf(Function) };

    /// <summary>The place of an address that a symbol covers; without an offset where it is the symbol's own.</summary>
    public static CodePlace Of(in Symbol symbol, ulong address) =>
        new(symbol.Name, address == symbol.Address ? null : address - symbol.Address, null, symbol.Module);

    /// <summary>
    /// Reads a place that is written as the kernel prints it, its module left out: offset and size are hexadecimal with 0x, else
    /// decimal; an offset that isn't written is 0. Null if the text is none.
    /// </summary>
    public static CodePlace? Parse(string text)
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

    /// <summary><c>function+0x1/0x20 [module]</c>, as much of it as is known.</summary>
    public override string ToString() =>
        Function + (Offset is { } offset ? $"+0x{offset:x}" : "") + (Size is { } size ? $"/0x{size:x}" : "")
        + (Module is null ? "" : $" [{Module}]");

    private static bool TryNumber(string text, out ulong number) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number)
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}

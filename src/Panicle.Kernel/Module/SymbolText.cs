using Panicle.Symbols;

namespace Panicle.Kernel.Module;

/// <summary>Writes addresses as the kernel's own names.</summary>
public static class SymbolText
{
    /// <summary>The address as <c>name</c> or <c>name+offset</c>; null where no symbol covers it.</summary>
    /// <param name="symbols">The names.</param>
    /// <param name="address">The address.</param>
    /// <param name="hexOffset">
    /// Whether the offset is in hexadecimal, as the kernel has it, instead of decimal, as gdb and crash have it.
    /// </param>
    public static string? Describe(this ISymbolTable symbols, ulong address, bool hexOffset = false)
    {
        if (!symbols.TryLookup(address, out var symbol))
            return null;
        var offset = address - symbol.Address;
        if (offset == 0)
            return symbol.Name;
        return hexOffset ? $"{symbol.Name}+0x{offset:x}" : $"{symbol.Name}+{offset}";
    }
}

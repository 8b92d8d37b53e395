using Panicle.Symbols;

namespace Panicle.Kernel.Values;

/// <summary>Types of the kernel's symbols.</summary>
public static class GlobalTypes
{
    /// <summary>
    /// The type of a function or variable: as the type information has it (BTF: functions and per-CPU variables), else as
    /// <see cref="KnownGlobals"/> declares it; null if neither knows it.
    /// </summary>
    public static KernelType? Of(KernelDump kernel, Symbol symbol)
    {
        if (kernel.Types.FindSymbolType(symbol.Name) is { } declared)
            return declared;
        return symbol.Module is null && KnownGlobals.TypeOf(symbol.Name, kernel.Types) is { } known ? known : null;
    }
}

using Panicle.Symbols;

namespace Panicle.Kernel.Values;

/// <summary>Finds the C type of a function or a global variable.</summary>
public static class GlobalTypes
{
    /// <summary>
    /// Finds the symbol that a name in an expression means: the first whose type is known, of those of the kernel and then of its
    /// modules; if none is, the first.
    /// </summary>
    /// <param name="kernel">The dump.</param>
    /// <param name="name">The name.</param>
    /// <param name="symbol">The symbol.</param>
    public static bool TryFind(KernelDump kernel, string name, out Symbol symbol)
    {
        if (!kernel.Symbols.TryFind(name, out symbol))
            return false;
        if (Of(kernel, symbol) is not null)
            return true;
        foreach (var other in kernel.Symbols.FindAll(name))
        {
            if (Of(kernel, other) is null)
                continue;
            symbol = other;
            break;
        }
        return true;
    }

    /// <summary>
    /// The type of a function or variable: as the kernel's type information has it (BTF: functions and per-CPU variables), else
    /// as debug information has it, if there is some, else as <see cref="KnownGlobals"/> declares it; null if none knows it.
    /// </summary>
    public static KernelType? Of(KernelDump kernel, Symbol symbol)
    {
        if (kernel.Types is { IsOfVariables: false } types && Declared(types, symbol) is { } declared)
            return declared;
        if (kernel.DebugInfo?.TypeOf(symbol) is { } described)
            return described;
        return symbol.Module is null && KnownGlobals.TypeOf(symbol.Name, kernel) is { } known ? known : null;
    }

    // The kernel and each module has its own of a name: what the one declares says nothing of the other's.
    private static KernelType? Declared(TypeCatalog types, Symbol symbol)
    {
        foreach (var source in types.Sources)
        {
            if (source.Origin.Binary == symbol.Module && source.FindSymbolType(symbol.Name) is { } found)
                return found;
        }
        return null;
    }
}

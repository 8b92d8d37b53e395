using Panicle.Symbols;

namespace Panicle.Kernel.Module;

/// <summary>
/// The names that a kernel keeps of itself, and behind them those of its vmlinux: where the kernel keeps those of functions only
/// (built without CONFIG_KALLSYMS_ALL), or none that can be read.
/// </summary>
internal sealed class LayeredSymbols(ISymbolTable? kept, ISymbolTable vmlinux) : ISymbolTable
{
    /// <inheritdoc/>
    public bool TryFind(string name, out Symbol symbol)
    {
        symbol = default;
        return kept?.TryFind(name, out symbol) == true || vmlinux.TryFind(name, out symbol);
    }

    /// <inheritdoc/>
    public IEnumerable<Symbol> FindAll(string name) =>
        (kept?.FindAll(name) ?? []).Concat(vmlinux.FindAll(name)).DistinctBy(symbol => symbol.Address);

    /// <summary>
    /// The symbol that covers an address: the vmlinux's, since the last function below a variable would seem to reach up to it.
    /// </summary>
    public bool TryLookup(ulong address, out Symbol symbol)
    {
        if (vmlinux.TryLookup(address, out symbol))
            return true;
        return kept is not null && kept.TryLookup(address, out symbol);
    }

    /// <inheritdoc/>
    public IEnumerable<Symbol> All() => (kept?.All() ?? []).Concat(vmlinux.All())
        .DistinctBy(symbol => (symbol.Name, symbol.Address)).OrderBy(symbol => symbol.Address);
}

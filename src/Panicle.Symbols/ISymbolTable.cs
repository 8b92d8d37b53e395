namespace Panicle.Symbols;

/// <summary>Names for addresses and addresses for names, from one source. Thread-safe.</summary>
public interface ISymbolTable
{
    /// <summary>Finds the first symbol with exactly this name.</summary>
    bool TryFind(string name, out Symbol symbol);

    /// <summary>Finds every symbol with exactly this name (static functions may share one).</summary>
    IEnumerable<Symbol> FindAll(string name);

    /// <summary>
    /// Finds the symbol that covers an address: the last one at or below it whose extent reaches it.
    /// Of several names for one address, the one that the kernel's own <c>%pS</c> would print.
    /// </summary>
    bool TryLookup(ulong address, out Symbol symbol);

    /// <summary>Every symbol, by ascending address. Decoding all of them may take tens of milliseconds.</summary>
    IEnumerable<Symbol> All();
}

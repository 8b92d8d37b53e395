using System.Globalization;

namespace Panicle.Symbols;

/// <summary>
/// The symbols of a <c>System.map</c> file, as the kernel's build or <c>/proc/kallsyms</c> writes it: address, nm's letter, name,
/// and in <c>/proc/kallsyms</c> the module in brackets.
/// </summary>
public sealed class SystemMap : ISymbolTable
{
    private readonly List<Symbol> _symbols;
    private readonly SortedSymbols _sorted;
    private readonly Lazy<Dictionary<string, List<int>>> _byName;

    private SystemMap(List<Symbol> symbols)
    {
        _symbols = symbols;
        var addresses = new ulong[symbols.Count];
        var order = new int[symbols.Count];
        for (var i = 0; i < order.Length; i++)
            (addresses[i], order[i]) = (symbols[i].Address, i);
        _sorted = new SortedSymbols(addresses, order, order.Length);
        _byName = new(IndexNames);
    }

    /// <summary>Reads the text; lines of another form are passed over.</summary>
    /// <param name="text">The file's text.</param>
    /// <param name="slide">Added to each address of the kernel image, for a kernel that KASLR has moved.</param>
    /// <param name="limits">At most this many symbols are read.</param>
    /// <param name="why">If nothing could be read, the reason in words; else null.</param>
    public static SystemMap? TryRead(TextReader text, ulong slide, Limits limits, out string? why)
    {
        var symbols = new List<Symbol>();
        try
        {
            while (symbols.Count < limits.MaxElements && text.ReadLine() is { } line)
                if (Parse(line, slide) is { } symbol)
                    symbols.Add(symbol);
        }
        catch (IOException e)
        {
            why = e.Message;
            return null;
        }
        why = symbols.Count == 0 ? "no line has the form \"address letter name\"" : null;
        return symbols.Count == 0 ? null : new SystemMap(symbols);
    }

    /// <inheritdoc/>
    public bool TryFind(string name, out Symbol symbol)
    {
        symbol = default;
        if (!_byName.Value.TryGetValue(name, out var indices))
            return false;
        symbol = At(indices[0]);
        return true;
    }

    /// <inheritdoc/>
    public IEnumerable<Symbol> FindAll(string name)
    {
        if (_byName.Value.TryGetValue(name, out var indices))
            foreach (var index in indices)
                yield return At(index);
    }

    /// <inheritdoc/>
    public bool TryLookup(ulong address, out Symbol symbol)
    {
        symbol = default;
        var position = _sorted.FindAtOrBelow(address);
        if (position < 0)
            return false;
        symbol = At(_sorted.SymbolAt(position));
        return address == symbol.Address || (IsAddress(symbol.Address) && address - symbol.Address < symbol.Size);
    }

    /// <inheritdoc/>
    public IEnumerable<Symbol> All()
    {
        for (var position = 0; position < _sorted.Count; position++)
            yield return At(_sorted.SymbolAt(position));
    }

    private Symbol At(int index)
    {
        var symbol = _symbols[index];
        return symbol with { Size = _sorted.DistanceToNext(symbol.Address, default) };
    }

    private Dictionary<string, List<int>> IndexNames()
    {
        var index = new Dictionary<string, List<int>>(StringComparer.Ordinal);
        for (var i = 0; i < _symbols.Count; i++)
        {
            if (!index.TryGetValue(_symbols[i].Name, out var indices))
                index[_symbols[i].Name] = indices = [];
            indices.Add(i);
        }
        return index;
    }

    private static Symbol? Parse(string line, ulong slide)
    {
        var fields = line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length is < 3 or > 4 || fields[1].Length != 1
            || !ulong.TryParse(fields[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var address))
            return null;
        var module = fields.Length == 4 ? fields[3].Trim('[', ']') : null;
        var isMoved = module is null && fields[1][0] is not ('a' or 'A') && IsAddress(address);
        return new Symbol(fields[2], isMoved ? address + slide : address, 0, fields[1][0], module);
    }

    /// <summary>
    /// Per-CPU symbols and constants are small numbers; the kernel lives in the upper half of the address space.
    /// </summary>
    private static bool IsAddress(ulong value) => value >> 63 != 0;
}

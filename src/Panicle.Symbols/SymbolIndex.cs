using Panicle.Dumps;

namespace Panicle.Symbols;

/// <summary>
/// The symbols of the kernel and of its modules together. Modules' tables are asked for only when an address lies outside the
/// kernel or a name isn't the kernel's.
/// </summary>
public sealed class SymbolIndex : ISymbolTable
{
    private readonly ISymbolTable? _kernel;
    private readonly Lazy<IReadOnlyList<ModuleSymbolTable>> _modules;
    private readonly Lazy<(AddressRange Range, ModuleSymbolTable Table)[]> _ranges;

    /// <summary>Joins a kernel's table (null if there is none) and its modules'.</summary>
    public SymbolIndex(ISymbolTable? kernel, IReadOnlyList<ModuleSymbolTable> modules) : this(kernel, () => modules)
    {
    }

    /// <summary>Joins a kernel's table (null if there is none) and its modules', which are read on first need.</summary>
    public SymbolIndex(ISymbolTable? kernel, Func<IReadOnlyList<ModuleSymbolTable>> modules)
    {
        _kernel = kernel;
        _modules = new(modules);
        _ranges = new(SortRanges);
    }

    /// <inheritdoc/>
    public string Source => _kernel is null ? "modules" : $"{_kernel.Source} and modules";

    /// <summary>The kernel image's own table, if there is one.</summary>
    public ISymbolTable? Kernel => _kernel;

    /// <summary>The modules' tables.</summary>
    public IReadOnlyList<ModuleSymbolTable> Modules => _modules.Value;

    /// <inheritdoc/>
    public void Prefetch(IEnumerable<string> names) => _kernel?.Prefetch(names);

    /// <inheritdoc/>
    public bool TryFind(string name, out Symbol symbol)
    {
        if (_kernel is not null && _kernel.TryFind(name, out symbol))
            return true;
        foreach (var module in _modules.Value)
            if (module.TryFind(name, out symbol))
                return true;
        symbol = default;
        return false;
    }

    /// <inheritdoc/>
    public IEnumerable<Symbol> FindAll(string name)
    {
        foreach (var symbol in _kernel?.FindAll(name) ?? [])
            yield return symbol;
        foreach (var module in _modules.Value)
            foreach (var symbol in module.FindAll(name))
                yield return symbol;
    }

    /// <inheritdoc/>
    public bool TryLookup(ulong address, out Symbol symbol)
    {
        if (_kernel is not null && _kernel.TryLookup(address, out symbol))
            return true;
        symbol = default;
        return ModuleOf(address) is { } module && module.TryLookup(address, out symbol);
    }

    /// <summary>The module whose memory holds the address, whether a symbol covers it or not; null if there is none.</summary>
    public ModuleSymbolTable? ModuleOf(ulong address)
    {
        var ranges = _ranges.Value;
        int low = 0, high = ranges.Length;
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            if (ranges[middle].Range.Start <= address)
                low = middle + 1;
            else
                high = middle;
        }
        return low > 0 && ranges[low - 1].Range.Contains(address) ? ranges[low - 1].Table : null;
    }

    /// <inheritdoc/>
    public IEnumerable<Symbol> All()
    {
        var modules = new List<Symbol>();
        foreach (var module in _modules.Value)
            modules.AddRange(module.All());
        modules.Sort((a, b) => a.Address.CompareTo(b.Address));

        var next = 0;
        foreach (var symbol in _kernel?.All() ?? [])
        {
            while (next < modules.Count && modules[next].Address < symbol.Address)
                yield return modules[next++];
            yield return symbol;
        }
        while (next < modules.Count)
            yield return modules[next++];
    }

    private (AddressRange Range, ModuleSymbolTable Table)[] SortRanges()
    {
        var ranges = new List<(AddressRange Range, ModuleSymbolTable Table)>();
        foreach (var module in _modules.Value)
            foreach (var range in module.Ranges)
                if (range.Length > 0)
                    ranges.Add((range, module));
        ranges.Sort((a, b) => a.Range.Start.CompareTo(b.Range.Start));
        return [.. ranges];
    }
}

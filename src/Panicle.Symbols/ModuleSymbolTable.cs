using Panicle.Formats.Elf;
using Panicle.Symbols.Elf;

namespace Panicle.Symbols;

/// <summary>
/// A module's own symbol table as the running kernel keeps it (<c>struct mod_kallsyms</c>, <c>kernel/module/kallsyms.c</c>):
/// ELF symbols whose values are run-time addresses.
/// </summary>
public sealed class ModuleSymbolTable : ISymbolTable
{
    private readonly ElfSymbolArray _symbols;
    private readonly ReadOnlyMemory<byte> _letters;
    private readonly AddressRange[] _ranges;

    /// <summary>Creates the table from the bytes of a module's <c>mod_kallsyms</c>; nothing is decoded yet.</summary>
    /// <param name="module">The module's name.</param>
    /// <param name="symtab">The array of <c>Elf64_Sym</c>.</param>
    /// <param name="strtab">The names.</param>
    /// <param name="typetab">One of nm's letters for each symbol (since 5.2); empty if there is none.</param>
    /// <param name="ranges">
    /// Where the module's memory lies, each part by itself; an address outside is never this module's.
    /// </param>
    public ModuleSymbolTable(
        string module, ReadOnlyMemory<byte> symtab, ReadOnlyMemory<byte> strtab, ReadOnlyMemory<byte> typetab,
        AddressRange[] ranges)
    {
        Module = module;
        _symbols = new(symtab, strtab, symbol => symbol.Section != ElfSymbol.Undefined, symbol => symbol.Value);
        _letters = typetab;
        _ranges = ranges;
    }

    /// <summary>The module's name with underscores, as <c>/proc/modules</c> has it.</summary>
    public string Module { get; }

    /// <inheritdoc/>
    public bool TryFind(string name, out Symbol symbol)
    {
        symbol = _symbols.TryFind(name, out var index) ? SymbolAt(index) : default;
        return index >= 0;
    }

    /// <inheritdoc/>
    public IEnumerable<Symbol> FindAll(string name) => _symbols.Named(name).Select(SymbolAt);

    /// <inheritdoc/>
    public bool TryLookup(ulong address, out Symbol symbol)
    {
        symbol = default;
        var range = RangeOf(address);
        var position = range.Length == 0 ? -1 : _symbols.Sorted.FindAtOrBelow(address);
        // A symbol of another part of the module says nothing of this one.
        if (position < 0 || !range.Contains(_symbols.Sorted.AddressAt(position)))
            return false;
        symbol = SymbolAt(_symbols.Sorted.SymbolAt(position));
        return true;
    }

    /// <inheritdoc/>
    public IEnumerable<Symbol> All() => _symbols.Sorted.Indices.Select(SymbolAt);

    private AddressRange RangeOf(ulong address)
    {
        foreach (var range in _ranges)
            if (range.Contains(address))
                return range;
        return default;
    }

    /// <summary>The kernel counts a module symbol's size to the next symbol or the end of its part of the module.</summary>
    private Symbol SymbolAt(int index)
    {
        var symbol = _symbols.At(index);
        var size = _symbols.Sorted.DistanceToNext(symbol.Value, RangeOf(symbol.Value));
        return new Symbol(_symbols.NameOf(symbol), symbol.Value, size, LetterOf(index, symbol), Module);
    }

    private char LetterOf(int index, in ElfSymbol symbol)
    {
        if (index < _letters.Length && char.IsAsciiLetter((char)_letters.Span[index]))
            return (char)_letters.Span[index];
        if (char.IsAsciiLetter((char)symbol.Info))
            return (char)symbol.Info;
        var letter = symbol.Type == ElfSymbol.TypeFunction ? 't' : 'd';
        return symbol.Binding == ElfSymbol.BindLocal ? letter : char.ToUpperInvariant(letter);
    }
}

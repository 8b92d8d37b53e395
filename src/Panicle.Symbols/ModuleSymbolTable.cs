using System.Text;
using Panicle.Formats.Elf;

namespace Panicle.Symbols;

/// <summary>
/// A module's own symbol table as the running kernel keeps it (<c>struct mod_kallsyms</c>, <c>kernel/module/kallsyms.c</c>):
/// ELF symbols whose values are run-time addresses.
/// </summary>
public sealed class ModuleSymbolTable : ISymbolTable
{
    private readonly ReadOnlyMemory<byte> _symbols;
    private readonly ReadOnlyMemory<byte> _strings;
    private readonly ReadOnlyMemory<byte> _letters;
    private readonly AddressRange[] _ranges;
    private readonly Lazy<SortedSymbols> _sorted;

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
        _symbols = symtab;
        _strings = strtab;
        _letters = typetab;
        _ranges = ranges;
        _sorted = new(Sort);
    }

    /// <summary>The module's name with underscores, as <c>/proc/modules</c> has it.</summary>
    public string Module { get; }

    /// <inheritdoc/>
    public bool TryFind(string name, out Symbol symbol)
    {
        foreach (var found in FindAll(name))
        {
            symbol = found;
            return true;
        }
        symbol = default;
        return false;
    }

    /// <inheritdoc/>
    public IEnumerable<Symbol> FindAll(string name)
    {
        var wanted = Encoding.UTF8.GetBytes(name);
        for (var i = 0; i < Count; i++)
            if (IsNamed(i, wanted))
                yield return SymbolAt(i);
    }

    /// <inheritdoc/>
    public bool TryLookup(ulong address, out Symbol symbol)
    {
        symbol = default;
        var range = RangeOf(address);
        var position = range.Length == 0 ? -1 : _sorted.Value.FindAtOrBelow(address);
        // A symbol of another part of the module says nothing of this one.
        if (position < 0 || !range.Contains(_sorted.Value.AddressAt(position)))
            return false;
        symbol = SymbolAt(_sorted.Value.SymbolAt(position));
        return true;
    }

    /// <inheritdoc/>
    public IEnumerable<Symbol> All()
    {
        var sorted = _sorted.Value;
        for (var position = 0; position < sorted.Count; position++)
            yield return SymbolAt(sorted.SymbolAt(position));
    }

    private int Count => _symbols.Length / ElfSymbol.Bytes;

    private ElfSymbol At(int index) => ElfSymbol.Read(_symbols.Span[(index * ElfSymbol.Bytes)..]);

    private ReadOnlySpan<byte> NameOf(in ElfSymbol symbol) => ElfSymbol.Text(_strings.Span, symbol.Name);

    private bool IsNamed(int index, ReadOnlySpan<byte> wanted)
    {
        var symbol = At(index);
        return symbol.Section != ElfSymbol.Undefined && wanted.Length > 0 && NameOf(symbol).SequenceEqual(wanted);
    }

    private AddressRange RangeOf(ulong address)
    {
        foreach (var range in _ranges)
            if (range.Contains(address))
                return range;
        return default;
    }

    private SortedSymbols Sort()
    {
        var addresses = new ulong[Count];
        var symbols = new int[Count];
        var count = 0;
        for (var i = 0; i < Count; i++)
        {
            var symbol = At(i);
            var name = NameOf(symbol);
            if (symbol.Section == ElfSymbol.Undefined || name.IsEmpty || ElfSymbol.IsMapping(name))
                continue;
            addresses[count] = symbol.Value;
            symbols[count++] = i;
        }
        return new SortedSymbols(addresses, symbols, count);
    }

    /// <summary>The kernel counts a module symbol's size to the next symbol or the end of its part of the module.</summary>
    private Symbol SymbolAt(int index)
    {
        var symbol = At(index);
        var size = _sorted.Value.DistanceToNext(symbol.Value, RangeOf(symbol.Value));
        return new Symbol(Encoding.UTF8.GetString(NameOf(symbol)), symbol.Value, size, LetterOf(index, symbol), Module);
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

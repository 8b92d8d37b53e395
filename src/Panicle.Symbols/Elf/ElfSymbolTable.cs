using System.Text;
using Panicle.Formats.Elf;

namespace Panicle.Symbols.Elf;

/// <summary>
/// The symbols of an ELF file's <c>.symtab</c>. Addresses are the file's plus a slide: KASLR's offset for a vmlinux.
/// </summary>
public sealed class ElfSymbolTable : ISymbolTable
{
    private readonly ElfFile _file;
    private readonly byte[] _symbols;
    private readonly byte[] _strings;
    private readonly ulong _slide;
    private readonly string? _module;
    private readonly string? _section;
    private readonly Lazy<SortedSymbols> _sorted;

    private ElfSymbolTable(ElfFile file, byte[] symbols, byte[] strings, ulong slide, string? module, string? section)
    {
        _section = section;
        _file = file;
        _symbols = symbols;
        _strings = strings;
        _slide = slide;
        _module = module;
        _sorted = new(Sort);
    }

    /// <summary>Reads a file's symbol table.</summary>
    /// <param name="file">The ELF file; it must stay open.</param>
    /// <param name="slide">Added to each address (not to absolute symbols and per-CPU offsets).</param>
    /// <param name="module">The module's name for a <c>.ko</c>, null for a vmlinux.</param>
    /// <param name="why">On failure, the reason in words; else null.</param>
    /// <param name="section">
    /// The only section whose symbols are wanted: in a <c>.ko</c>, each section's addresses begin at 0. Null: all.
    /// </param>
    public static ElfSymbolTable? TryOpen(ElfFile file, ulong slide, string? module, out string? why, string? section = null)
    {
        why = "the ELF file has no symbol table";
        foreach (var table in file.Sections)
        {
            if (table.Type != ElfSectionHeader.SymbolTable)
                continue;
            // Section numbers count the empty first one, which the list leaves out.
            var link = (long)table.Link - 1;
            if (link < 0 || link >= file.Sections.Count || file.Read(table) is not { } symbols
                || file.Read(file.Sections[(int)link]) is not { } strings)
            {
                why = "the ELF file's symbol table can't be read";
                return null;
            }
            why = null;
            return new ElfSymbolTable(file, symbols, strings, slide, module, section);
        }
        return null;
    }

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
        var position = _sorted.Value.FindAtOrBelow(address);
        if (position < 0)
            return false;
        symbol = SymbolAt(_sorted.Value.SymbolAt(position));
        // Zero-based per-CPU symbols stand for no address.
        if (IsPercpu(At(_sorted.Value.SymbolAt(position))))
            return false;
        return address == symbol.Address || address - symbol.Address < symbol.Size
            || address - symbol.Address < _sorted.Value.DistanceToNext(symbol.Address, default);
    }

    /// <inheritdoc/>
    public IEnumerable<Symbol> All()
    {
        var sorted = _sorted.Value;
        for (var position = 0; position < sorted.Count; position++)
            yield return SymbolAt(sorted.SymbolAt(position));
    }

    private int Count => _symbols.Length / ElfSymbol.Bytes;

    private ElfSymbol At(int index) => ElfSymbol.Read(_symbols.AsSpan(index * ElfSymbol.Bytes));

    private bool IsNamed(int index, ReadOnlySpan<byte> wanted)
    {
        var symbol = At(index);
        return IsWanted(symbol) && wanted.Length > 0 && ElfSymbol.Text(_strings, symbol.Name).SequenceEqual(wanted);
    }

    private bool IsWanted(in ElfSymbol symbol) =>
        (_section is null || SectionOf(symbol)?.Name == _section) && symbol.Section != ElfSymbol.Undefined
            && symbol.Type is not (ElfSymbol.TypeSection or ElfSymbol.TypeFile);

    private ulong AddressOf(in ElfSymbol symbol) =>
        symbol.Section == ElfSymbol.Absolute || IsPercpu(symbol) ? symbol.Value : symbol.Value + _slide;

    private bool IsPercpu(in ElfSymbol symbol) =>
        SectionOf(symbol) is { Address: 0, IsAllocated: true } && _module is null;

    private ElfSection? SectionOf(in ElfSymbol symbol) =>
        symbol.Section > 0 && symbol.Section <= _file.Sections.Count ? _file.Sections[symbol.Section - 1] : null;

    private SortedSymbols Sort()
    {
        var addresses = new ulong[Count];
        var symbols = new int[Count];
        var count = 0;
        for (var i = 0; i < Count; i++)
        {
            var symbol = At(i);
            var name = ElfSymbol.Text(_strings, symbol.Name);
            if (!IsWanted(symbol) || name.IsEmpty || ElfSymbol.IsMapping(name))
                continue;
            addresses[count] = AddressOf(symbol);
            symbols[count++] = i;
        }
        return new SortedSymbols(addresses, symbols, count);
    }

    private Symbol SymbolAt(int index)
    {
        var symbol = At(index);
        var address = AddressOf(symbol);
        var size = symbol.Size > 0 ? symbol.Size : _sorted.Value.DistanceToNext(address, default);
        return new Symbol(
            Encoding.UTF8.GetString(ElfSymbol.Text(_strings, symbol.Name)), address, size, LetterOf(symbol), _module);
    }

    /// <summary>nm's letter: by the kind of section, in upper case for a symbol that other files see.</summary>
    private char LetterOf(in ElfSymbol symbol)
    {
        if (symbol.Binding == ElfSymbol.BindWeak)
            return symbol.Type == ElfSymbol.TypeObject ? 'V' : 'W';
        var letter = symbol.Section switch
        {
            ElfSymbol.Absolute => 'a',
            ElfSymbol.Common => 'c',
            _ => LetterOf(SectionOf(symbol)),
        };
        return symbol.Binding == ElfSymbol.BindLocal ? letter : char.ToUpperInvariant(letter);
    }

    private static char LetterOf(ElfSection? section) => section switch
    {
        { IsCode: true } => 't',
        { Type: ElfSectionHeader.NoBits } => 'b',
        { IsWritable: true } => 'd',
        { IsAllocated: true } => 'r',
        _ => 'n',
    };
}

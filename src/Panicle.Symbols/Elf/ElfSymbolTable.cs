using Panicle.Formats.Elf;

namespace Panicle.Symbols.Elf;

/// <summary>
/// The symbols of an ELF file's <c>.symtab</c>. Addresses are the file's plus a slide: KASLR's offset for a vmlinux.
/// </summary>
public sealed class ElfSymbolTable : ISymbolTable
{
    private readonly ElfFile _file;
    private readonly ElfSymbolArray _symbols;
    private readonly ulong _slide;
    private readonly string? _module;
    private readonly string? _section;

    private ElfSymbolTable(ElfFile file, byte[] symbols, byte[] strings, ulong slide, string? module, string? section)
    {
        _section = section;
        _file = file;
        _symbols = new(symbols, strings, symbol => IsWanted(symbol), symbol => AddressOf(symbol));
        _slide = slide;
        _module = module;
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
        symbol = _symbols.TryFind(name, out var index) ? SymbolAt(index) : default;
        return index >= 0;
    }

    /// <inheritdoc/>
    public IEnumerable<Symbol> FindAll(string name) => _symbols.Named(name).Select(SymbolAt);

    /// <inheritdoc/>
    public bool TryLookup(ulong address, out Symbol symbol)
    {
        symbol = default;
        var position = _symbols.Sorted.FindAtOrBelow(address);
        if (position < 0)
            return false;
        symbol = SymbolAt(_symbols.Sorted.SymbolAt(position));
        // Zero-based per-CPU symbols stand for no address.
        if (IsPercpu(_symbols.At(_symbols.Sorted.SymbolAt(position))))
            return false;
        return address == symbol.Address || address - symbol.Address < symbol.Size
            || address - symbol.Address < _symbols.Sorted.DistanceToNext(symbol.Address, default);
    }

    /// <inheritdoc/>
    public IEnumerable<Symbol> All() => _symbols.Sorted.Indices.Select(SymbolAt);

    private bool IsWanted(in ElfSymbol symbol) =>
        (_section is null || SectionOf(symbol)?.Name == _section) && symbol.Section != ElfSymbol.Undefined
            && symbol.Type is not (ElfSymbol.TypeSection or ElfSymbol.TypeFile);

    private ulong AddressOf(in ElfSymbol symbol) =>
        symbol.Section == ElfSymbol.Absolute || IsPercpu(symbol) ? symbol.Value : symbol.Value + _slide;

    private bool IsPercpu(in ElfSymbol symbol) =>
        SectionOf(symbol) is { Address: 0, IsAllocated: true } && _module is null;

    private ElfSection? SectionOf(in ElfSymbol symbol) =>
        symbol.Section > 0 && symbol.Section <= _file.Sections.Count ? _file.Sections[symbol.Section - 1] : null;

    private Symbol SymbolAt(int index)
    {
        var symbol = _symbols.At(index);
        var address = AddressOf(symbol);
        var size = symbol.Size > 0 ? symbol.Size : _symbols.Sorted.DistanceToNext(address, default);
        return new Symbol(
            _symbols.NameOf(symbol), address, size, LetterOf(symbol), _module);
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

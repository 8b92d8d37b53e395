using System.Text;

namespace Panicle.Symbols.Elf;

/// <summary>
/// Functions by place, from an ELF file's <c>.symtab</c>: for code that debug information says nothing of. As binutils does it, a function
/// reaches to the next symbol of its section, whatever its size. Thread-safe.
/// </summary>
internal sealed class ElfFunctionNames
{
    private readonly byte[] _symbols;
    private readonly byte[] _strings;
    private readonly Lazy<(ulong[] Keys, int[] Symbols)[]> _sorted;
    private readonly Lazy<Dictionary<string, List<int>>> _byName;
    private readonly Lazy<int[]> _files;

    private ElfFunctionNames(ElfFile file, byte[] symbols, byte[] strings)
    {
        _symbols = symbols;
        _strings = strings;
        _sorted = new(() => Sort(file.Sections.Count));
        _byName = new(IndexNames);
        _files = new(FindFiles);
    }

    /// <summary>Reads a file's symbol table; null if it has none.</summary>
    public static ElfFunctionNames? TryOpen(ElfFile file)
    {
        foreach (var table in file.Sections)
        {
            var link = (long)table.Link - 1;
            if (table.Type == ElfSection.SymbolTable && link >= 0 && link < file.Sections.Count
                && file.Read(table) is { } symbols && file.Read(file.Sections[(int)link]) is { } strings)
                return new(file, symbols, strings);
        }
        return null;
    }

    /// <summary>The function of a section, by its place in <see cref="ElfFile.Sections"/>, that is at or before a value; null if there is none.</summary>
    /// <param name="section">The section.</param>
    /// <param name="value">An address in a linked file, an offset in the section in an object file.</param>
    /// <param name="file">For a function of one file: its source file's name as the symbol table has it, else null.</param>
    public string? Find(int section, ulong value, out string? file)
    {
        file = null;
        if (section < 0 || section >= _sorted.Value.Length)
            return null;
        var (keys, symbols) = _sorted.Value[section];
        var last = keys.AsSpan().BinarySearch(value);
        if (last < 0)
            last = ~last - 1;
        if (last < 0)
            return null;
        // Of symbols at one place the first in the table counts, where nothing else tells them apart.
        var first = last;
        while (first > 0 && keys[first - 1] == keys[last])
            first--;
        var best = -1;
        for (var i = first; i < keys.Length && keys[i] == keys[last]; i++)
            if (best < 0 || IsBetter(At(symbols[i]), At(best), value))
                best = symbols[i];
        file = At(best).Binding == ElfSymbol.BindLocal ? FileOf(best) : null;
        return NameOf(best);
    }

    /// <summary>The symbols with a name: the section's place in <see cref="ElfFile.Sections"/>, the value, and the size.</summary>
    public IEnumerable<(int Section, ulong Value, ulong Size)> Named(string name)
    {
        if (!_byName.Value.TryGetValue(name, out var symbols))
            yield break;
        foreach (var index in symbols)
        {
            var symbol = At(index);
            yield return (symbol.Section - 1, symbol.Value, symbol.Size);
        }
    }

    private ElfSymbol At(int index) => ElfSymbol.Read(_symbols.AsSpan(index * ElfSymbol.Bytes));

    private string NameOf(int index) => Encoding.UTF8.GetString(ElfSymbol.Text(_strings, At(index).Name));

    private (ulong[] Keys, int[] Symbols)[] Sort(int sections)
    {
        var found = new List<(ulong Value, int Symbol)>[sections];
        for (var i = 1; i < _symbols.Length / ElfSymbol.Bytes; i++)
        {
            var symbol = At(i);
            if (!IsFunction(symbol) || symbol.Section > sections)
                continue;
            (found[symbol.Section - 1] ??= []).Add((symbol.Value, i));
        }
        var sorted = new (ulong[], int[])[sections];
        for (var section = 0; section < sections; section++)
        {
            var symbols = found[section] ?? [];
            symbols.Sort();
            sorted[section] = ([.. symbols.Select(symbol => symbol.Value)], [.. symbols.Select(symbol => symbol.Symbol)]);
        }
        return sorted;
    }

    private Dictionary<string, List<int>> IndexNames()
    {
        var names = new Dictionary<string, List<int>>(StringComparer.Ordinal);
        for (var i = 1; i < _symbols.Length / ElfSymbol.Bytes; i++)
        {
            if (!IsFunction(At(i)))
                continue;
            var name = NameOf(i);
            if (!names.TryGetValue(name, out var symbols))
                names[name] = symbols = [];
            symbols.Add(i);
        }
        return names;
    }

    /// <summary>A symbol that may name code: no data, section or file.</summary>
    private static bool IsFunction(in ElfSymbol symbol) =>
        symbol.Section != ElfSymbol.Undefined && symbol.Section < 0xff00 && symbol.Type is 0 or ElfSymbol.TypeFunction or 10;

    /// <summary>Of two symbols at one place: the one that reaches the value, then functions, then the smaller.</summary>
    private static bool IsBetter(in ElfSymbol one, in ElfSymbol best, ulong value)
    {
        if (best.Value + Math.Max(best.Size, 1) <= value)
            return one.Size > best.Size;
        if (one.Value + Math.Max(one.Size, 1) <= value)
            return false;
        if ((one.Type == ElfSymbol.TypeFunction) != (best.Type == ElfSymbol.TypeFunction))
            return one.Type == ElfSymbol.TypeFunction;
        return one.Size < best.Size;
    }

    /// <summary>The last file symbol before a local symbol names its source file.</summary>
    private string? FileOf(int index)
    {
        var position = _files.Value.AsSpan().BinarySearch(index);
        return ~position > 0 && NameOf(_files.Value[~position - 1]) is { Length: > 0 } name ? name : null;
    }

    private int[] FindFiles()
    {
        var files = new List<int>();
        for (var i = 1; i < _symbols.Length / ElfSymbol.Bytes; i++)
            if (At(i).Type == ElfSymbol.TypeFile)
                files.Add(i);
        return [.. files];
    }
}

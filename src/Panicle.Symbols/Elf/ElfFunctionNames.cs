using System.Text;
using Panicle.Formats.Elf;
using Panicle.Symbols.Dwarf;

namespace Panicle.Symbols.Elf;

/// <summary>
/// Functions by place, from an ELF file's <c>.symtab</c>: for code that debug information says nothing of. As binutils does it, a
/// function reaches to the next symbol of its section, whatever its size. The first few searches go over the whole table, which
/// costs less than sorting it. Thread-safe.
/// </summary>
internal sealed class ElfFunctionNames
{
    private const int FewSearches = 8;

    private readonly DwarfFile _file;
    private readonly ElfSection _symbols;
    private readonly ElfSection _strings;
    private readonly Lazy<(ulong[] Keys, int[] Symbols)[]> _sorted;
    private readonly Lazy<Dictionary<string, List<int>>> _byName;
    private readonly Lazy<int[]> _files;
    private int _placesSearched;
    private int _namesSearched;

    private ElfFunctionNames(DwarfFile file, in ElfSection symbols, in ElfSection strings)
    {
        _file = file;
        _symbols = symbols;
        _strings = strings;
        _sorted = new(() => Sort(file.Elf.Sections.Count));
        _byName = new(IndexNames);
        _files = new(FindFiles);
    }

    /// <summary>The symbol table of a file, which must stay open; null if it has none.</summary>
    public static ElfFunctionNames? TryOpen(DwarfFile file)
    {
        foreach (var table in file.Elf.Sections)
        {
            var link = (long)table.Link - 1;
            if (table.Type == ElfSectionHeader.SymbolTable && link >= 0 && link < file.Elf.Sections.Count)
                return new(file, table, file.Elf.Sections[(int)link]);
        }
        return null;
    }

    /// <summary>
    /// The function of a section, by its place in <see cref="ElfFile.Sections"/>, that is at or before a value;
    /// null if there is none.
    /// </summary>
    /// <param name="section">The section.</param>
    /// <param name="value">An address in a linked file, an offset in the section in an object file.</param>
    /// <param name="file">For a function of one file: its source file's name as the symbol table has it, else null.</param>
    public string? Find(int section, ulong value, out string? file)
    {
        file = null;
        var symbols = Symbols;
        var best = -1;
        // Of symbols at one place the first in the table counts, where nothing else tells them apart.
        foreach (var candidate in LastUpTo(section, value))
            if (best < 0 || IsBetter(At(symbols, candidate), At(symbols, best), value))
                best = candidate;
        if (best < 0)
            return null;
        file = At(symbols, best).Binding == ElfSymbol.BindLocal ? FileOf(best) : null;
        return NameOf(symbols, best);
    }

    /// <summary>
    /// The symbols with a name: the section's place in <see cref="ElfFile.Sections"/>, the value, and the size.
    /// </summary>
    public IReadOnlyList<(int Section, ulong Value, ulong Size)> Named(string name)
    {
        var found = new List<(int, ulong, ulong)>();
        var symbols = Symbols;
        foreach (var index in IndexesOf(name))
            if (At(symbols, index) is var symbol)
                found.Add((symbol.Section - 1, symbol.Value, symbol.Size));
        return found;
    }

    private ReadOnlySpan<byte> Symbols => _file.StoredBytes(_symbols);

    private ReadOnlySpan<byte> Strings => _file.StoredBytes(_strings);

    /// <summary>The symbols of a section at the last place up to a value at which there are any, in the table's order.</summary>
    private ReadOnlySpan<int> LastUpTo(int section, ulong value)
    {
        if (section < 0)
            return default;
        if (Interlocked.Increment(ref _placesSearched) <= FewSearches)
            return SearchUpTo(section, value);
        if (section >= _sorted.Value.Length)
            return default;
        var (keys, symbols) = _sorted.Value[section];
        var last = keys.AsSpan().BinarySearch(value);
        if (last < 0)
            last = ~last - 1;
        if (last < 0)
            return default;
        var end = last + 1;
        while (last > 0 && keys[last - 1] == keys[last])
            last--;
        while (end < keys.Length && keys[end] == keys[last])
            end++;
        return symbols.AsSpan(last, end - last);
    }

    private ReadOnlySpan<int> SearchUpTo(int section, ulong value)
    {
        var symbols = Symbols;
        var found = new List<int>();
        var place = 0UL;
        for (var i = 1; i < symbols.Length / ElfSymbol.Bytes; i++)
        {
            var symbol = At(symbols, i);
            if (symbol.Section != section + 1 || symbol.Value > value || !IsFunction(symbol)
                || (found.Count > 0 && symbol.Value < place))
                continue;
            if (symbol.Value != place)
                found.Clear();
            place = symbol.Value;
            found.Add(i);
        }
        return found.ToArray();
    }

    private IReadOnlyList<int> IndexesOf(string name)
    {
        if (Interlocked.Increment(ref _namesSearched) > FewSearches)
            return _byName.Value.TryGetValue(name, out var known) ? known : [];
        var symbols = Symbols;
        var strings = Strings;
        var wanted = Encoding.UTF8.GetBytes(name + '\0');
        var found = new List<int>();
        for (var i = 1; i < symbols.Length / ElfSymbol.Bytes; i++)
            if (At(symbols, i) is var symbol && symbol.Name < strings.Length && strings[(int)symbol.Name..].StartsWith(wanted)
                && IsFunction(symbol))
                found.Add(i);
        return found;
    }

    private static ElfSymbol At(ReadOnlySpan<byte> symbols, int index) => ElfSymbol.Read(symbols[(index * ElfSymbol.Bytes)..]);

    private string NameOf(ReadOnlySpan<byte> symbols, int index) =>
        Encoding.UTF8.GetString(ElfSymbol.Text(Strings, At(symbols, index).Name));

    private (ulong[] Keys, int[] Symbols)[] Sort(int sections)
    {
        var found = new (List<ulong> Values, List<int> Symbols)[sections];
        var table = Symbols;
        for (var i = 1; i < table.Length / ElfSymbol.Bytes; i++)
        {
            var symbol = At(table, i);
            if (!IsFunction(symbol) || symbol.Section > sections)
                continue;
            ref var list = ref found[symbol.Section - 1];
            list.Values ??= [];
            list.Symbols ??= [];
            list.Values.Add(symbol.Value);
            list.Symbols.Add(i);
        }
        var sorted = new (ulong[], int[])[sections];
        for (var section = 0; section < sections; section++)
        {
            ulong[] keys = [.. found[section].Values ?? []];
            int[] symbols = [.. found[section].Symbols ?? []];
            Array.Sort(keys, symbols);
            SortEqual(keys, symbols);
            sorted[section] = (keys, symbols);
        }
        return sorted;
    }

    /// <summary>Brings the symbols at each place into the table's order.</summary>
    private static void SortEqual(ulong[] keys, int[] symbols)
    {
        for (int first = 0, end; first < keys.Length; first = end)
        {
            end = first + 1;
            while (end < keys.Length && keys[end] == keys[first])
                end++;
            if (end - first > 1)
                symbols.AsSpan(first, end - first).Sort();
        }
    }

    private Dictionary<string, List<int>> IndexNames()
    {
        var names = new Dictionary<string, List<int>>(StringComparer.Ordinal);
        var symbols = Symbols;
        for (var i = 1; i < symbols.Length / ElfSymbol.Bytes; i++)
        {
            if (!IsFunction(At(symbols, i)))
                continue;
            var name = NameOf(symbols, i);
            if (!names.TryGetValue(name, out var indexes))
                names[name] = indexes = [];
            indexes.Add(i);
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
        return ~position > 0 && NameOf(Symbols, _files.Value[~position - 1]) is { Length: > 0 } name ? name : null;
    }

    private int[] FindFiles()
    {
        var files = new List<int>();
        var symbols = Symbols;
        for (var i = 1; i < symbols.Length / ElfSymbol.Bytes; i++)
            if (At(symbols, i).Type == ElfSymbol.TypeFile)
                files.Add(i);
        return [.. files];
    }
}

using System.Buffers.Binary;
using System.Text;
using Panicle.Formats.Elf;

namespace Panicle.Symbols.Elf;

/// <summary>
/// A section of a module: its address in the file's debug information, its size in bytes, and where it was loaded.
/// </summary>
/// <param name="Linked">The address that <see cref="Dwarf.DwarfFile"/> gives it.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="Loaded">Where it lies in the running kernel.</param>
public readonly record struct LoadedSection(ulong Linked, ulong Size, ulong Loaded);

/// <summary>
/// Where the sections of a module's file were loaded: the kernel puts each wherever there is room. Told by symbols that the file
/// and the running kernel have.
/// </summary>
public static class LoadedSections
{
    private const int SymbolBytes = 24; // Elf64_Sym
    private const int MostSymbols = 1_000_000;

    /// <summary>The sections that have a symbol by which to tell.</summary>
    /// <param name="file">The module's file.</param>
    /// <param name="running">The names that the running kernel has of the module.</param>
    public static IReadOnlyList<LoadedSection> Match(ElfFile file, ISymbolTable running)
    {
        var loaded = new Dictionary<string, ulong?>(StringComparer.Ordinal);
        foreach (var symbol in running.All())
            // A name that several symbols share says nothing.
            loaded[symbol.Name] = loaded.ContainsKey(symbol.Name) ? null : symbol.Address;
        var placement = new ElfPlacement(file);
        var sections = new Dictionary<int, LoadedSection>();
        foreach (var (name, section, value) in Symbols(file))
        {
            if (sections.ContainsKey(section) || !loaded.TryGetValue(name, out var address) || address is not { } place)
                continue;
            if (file.Sections[section] is { IsAllocated: true } found && value <= found.Size)
                sections[section] = new LoadedSection(placement.AddressOf(section), found.Size, place - value);
        }
        return [.. sections.Values];
    }

    private static IEnumerable<(string Name, int Section, ulong Value)> Symbols(ElfFile file)
    {
        foreach (var table in file.Sections)
        {
            var link = (long)table.Link - 1;
            if (table.Type != ElfSectionHeader.SymbolTable || link < 0 || link >= file.Sections.Count)
                continue;
            if (file.Read(table) is not { } symbols || file.Read(file.Sections[(int)link]) is not { } strings)
                continue;
            var found = new List<(string Name, int Section, ulong Value)>();
            for (var at = 0; at + SymbolBytes <= symbols.Length && found.Count < MostSymbols; at += SymbolBytes)
            {
                var entry = symbols.AsSpan(at, SymbolBytes);
                var name = BinaryPrimitives.ReadUInt32LittleEndian(entry);
                // Section numbers count the empty first one, which the list leaves out.
                var section = BinaryPrimitives.ReadUInt16LittleEndian(entry[6..]) - 1;
                if (name == 0 || name >= strings.Length || section < 0 || section >= file.Sections.Count)
                    continue;
                var text = strings.AsSpan((int)name);
                var end = text.IndexOf((byte)0);
                found.Add((Encoding.UTF8.GetString(end < 0 ? text : text[..end]), section,
                    BinaryPrimitives.ReadUInt64LittleEndian(entry[8..])));
            }
            var counts = found.GroupBy(symbol => symbol.Name).ToDictionary(group => group.Key, group => group.Count());
            return found.Where(symbol => counts[symbol.Name] == 1);
        }
        return [];
    }
}

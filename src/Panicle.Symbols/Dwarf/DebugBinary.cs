using Panicle.Formats.Elf;
using Panicle.Symbols.Elf;

namespace Panicle.Symbols.Dwarf;

/// <summary>
/// An ELF file and what it says of its code: lines and inlined functions from debug information, and where that says nothing the
/// names of its symbol table. Addresses are the file's own. In an object file (<c>.ko</c>), where sections have none, they are
/// those that <see cref="TryPlace"/> gives. Thread-safe.
/// </summary>
public sealed class DebugBinary : IDisposable
{
    private readonly DwarfFile _file;
    private readonly DwarfLines? _lines;
    private readonly Lazy<ElfFunctionNames?> _names;

    private DebugBinary(DwarfFile file)
    {
        _file = file;
        _names = new(() => ElfFunctionNames.TryOpen(file));
        try
        {
            if (file.HasInfo)
                _lines = new DwarfLines(file);
            else
                WhyNoLines = $"{file.Path} has no debug information";
        }
        catch (DwarfException problem)
        {
            WhyNoLines = $"{file.Path}: {problem.Message}";
        }
    }

    /// <summary>The ELF file that the debug information was read from.</summary>
    public ElfFile Elf => _file.Elf;

    /// <summary>Why no lines can be had from the file, as a clause, or null.</summary>
    public string? WhyNoLines { get; }

    /// <summary>What was found damaged so far; each costs the source file that it is in.</summary>
    public IEnumerable<string> Problems => _lines is null ? [] : _lines.Problems.Select(problem => problem.Message);

    /// <summary>Whether it is an object file, whose sections have no addresses of their own.</summary>
    public bool IsRelocatable => Elf.Type == ElfHeader.Relocatable;

    /// <summary>Opens a file; null with the reason if it isn't an ELF file that Panicle reads.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limits">What a hostile file may cost.</param>
    /// <param name="why">On failure, the reason as a clause.</param>
    /// <param name="cache">
    /// A folder in which the list of units is kept by build ID, so that it is made once; null for none.
    /// </param>
    public static DebugBinary? TryOpen(string path, Limits limits, out string? why, string? cache = null) =>
        DwarfFile.TryOpen(path, limits, out why, cache) is { } file ? Of(file) : null;

    /// <summary>What an open file says of its code; the file is closed with it.</summary>
    public static DebugBinary Of(DwarfFile file) => new(file);

    /// <summary>The frames at an address, the innermost first; empty if nothing is known of it.</summary>
    public IReadOnlyList<SourceFrame> Find(ulong address) => Named(address, _lines?.Find(address) ?? []);

    /// <summary>The frames of many addresses; much faster than asking for each.</summary>
    public IReadOnlyList<SourceFrame>[] FindAll(IReadOnlyList<ulong> addresses)
    {
        if (_lines is null)
            return [.. addresses.Select(Find)];
        var found = _lines.FindAll(addresses);
        for (var i = 0; i < found.Length; i++)
            found[i] = Named(addresses[i], found[i]);
        return found;
    }

    /// <summary>The address of a place in a section.</summary>
    /// <returns>False if there is no such section, or it ends before.</returns>
    public bool TryPlace(string section, ulong offset, out ulong address)
    {
        for (var i = 0; i < Elf.Sections.Count; i++)
        {
            if (Elf.Sections[i].Name != section || offset >= Elf.Sections[i].Size)
                continue;
            address = _file.Placement.AddressOf(i) + offset;
            return true;
        }
        address = 0;
        return false;
    }

    /// <summary>
    /// The addresses at the same offset in each section that is in memory and long enough:
    /// what a bare number in an object file may mean.
    /// </summary>
    public IEnumerable<ulong> Places(ulong offset)
    {
        for (var i = 0; i < Elf.Sections.Count; i++)
            if (Elf.Sections[i].IsAllocated && offset < Elf.Sections[i].Size)
                yield return _file.Placement.AddressOf(i) + offset;
    }

    /// <summary>The section that an address is in and the offset there, or null.</summary>
    public (ElfSection Section, ulong Offset)? SectionAt(ulong address) =>
        _file.Placement.SectionAt(address) is var index and >= 0
        ? (Elf.Sections[index], address - _file.Placement.AddressOf(index))
        : null;

    /// <summary>The functions with a name (static ones may share one): their addresses and sizes in bytes.</summary>
    public IEnumerable<(ulong Address, ulong Size)> FindFunction(string name)
    {
        foreach (var (section, value, size) in _names.Value?.Named(name) ?? [])
            if (section < Elf.Sections.Count)
                yield return (IsRelocatable ? _file.Placement.AddressOf(section) + value : value, size);
    }

    /// <summary>
    /// The address of a place that the kernel printed as <c>function+0x25/0x50</c>. Of several functions with the name it is the
    /// one of that size; null if there is none, if it ends before, or if two are equally likely.
    /// </summary>
    /// <param name="function">The function.</param>
    /// <param name="offset">Bytes from its start.</param>
    /// <param name="size">Its size in bytes up to the next function, as the kernel prints it, or null.</param>
    public ulong? Place(string function, ulong offset, ulong? size) => Place(function, offset, size, out _);

    /// <summary>The same, with the reason if there is none.</summary>
    /// <param name="function">The function.</param>
    /// <param name="offset">Bytes from its start.</param>
    /// <param name="size">Its size in bytes up to the next function, as the kernel prints it, or null.</param>
    /// <param name="whyNot">Why there is no such place, as a clause, if the result is null.</param>
    public ulong? Place(string function, ulong offset, ulong? size, out string? whyNot)
    {
        whyNot = null;
        var all = FindFunction(function).OrderBy(candidate => Difference(candidate.Size, size)).ToList();
        // A call at its very end returns to behind it. Of what is written in assembler the size may not be known.
        var candidates = all.Where(candidate => candidate.Size == 0 || offset <= Math.Max(candidate.Size, size ?? 0)).ToList();
        if (candidates.Count == 1 || (candidates.Count > 1 && size is not null
            && Difference(candidates[0].Size, size) != Difference(candidates[1].Size, size)))
            return candidates[0].Address + offset;
        whyNot = all.Count == 0 ? $"no function is named {function}"
            : candidates.Count > 0 ? $"{candidates.Count} functions are named {function}; name the size too, as in a trace: "
                + new CodePlace(function, offset, candidates[0].Size)
            : $"+0x{offset:x} is beyond the end of {function}, which has 0x{all.Max(candidate => candidate.Size):x} bytes";
        return null;
    }

    private static ulong Difference(ulong size, ulong? wanted) =>
        wanted is not { } value ? 0 : Math.Max(size, value) - Math.Min(size, value);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>The frames with the function's name from the symbol table, where debug information has none.</summary>
    private IReadOnlyList<SourceFrame> Named(ulong address, IReadOnlyList<SourceFrame> frames)
    {
        if (frames.Count > 0 && frames[0].Function is not null)
            return frames;
        var section = _file.Placement.SectionAt(address);
        if (section < 0)
            return frames;
        var value = IsRelocatable ? address - _file.Placement.AddressOf(section) : address;
        if (_names.Value?.Find(section, value, out var file) is not { } name)
            return frames;
        return frames.Count == 0 ? [new(name, file, 0, 0, false)] : [frames[0] with { Function = name }, .. frames.Skip(1)];
    }
}

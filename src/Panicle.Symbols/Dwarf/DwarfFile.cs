using System.Collections.Concurrent;
using Panicle.Formats.Elf;
using Panicle.Formats.Streams;
using Panicle.Symbols.Elf;

namespace Panicle.Symbols.Dwarf;

/// <summary>
/// The debug information of an ELF file: a vmlinux or a module's <c>.ko</c>, DWARF 2 to 5 (dwarfstd.org). The file is mapped, and
/// each part is read when it is first needed. What is damaged costs the unit that it is in. Thread-safe.
/// </summary>
public sealed class DwarfFile : IDisposable
{
    private const int MostNotes = 16;

    private readonly MappedFile _file;
    private readonly ConcurrentDictionary<(ulong Offset, int Sizes), AbbreviationTable> _abbreviations = [];
    private readonly Lazy<DwarfUnit[]> _units;
    private readonly UnitStore _store;
    private readonly Lazy<(DwarfUnit[] Units, AddressRanges Ranges)?> _kept;
    private readonly Lazy<AddressRanges> _ranges;
    private readonly Lazy<DwarfUnit[]> _typeUnits;
    private readonly Lazy<Dictionary<ulong, DwarfUnit>> _types;
    private readonly Lazy<DwarfFile?> _supplementary;
    private readonly Lazy<PackageIndex?> _package;
    private readonly Lazy<PackageIndex?> _typePackage;
    private readonly ConcurrentQueue<string> _notes = [];

    private DwarfFile(string path, ElfFile elf, MappedFile file, Limits limits, string? cache, string suffix)
    {
        Path = path;
        Elf = elf;
        Limits = limits;
        _file = file;
        Placement = new ElfPlacement(elf);
        var sections = new SectionLoader(elf, file, Placement);
        Info = sections.Find(".debug_info" + suffix);
        Types = sections.Find(".debug_types" + suffix);
        Abbrev = sections.Find(".debug_abbrev" + suffix);
        Str = sections.Find(".debug_str" + suffix);
        LineStr = sections.Find(".debug_line_str");
        StrOffsets = sections.Find(".debug_str_offsets" + suffix);
        Addr = sections.Find(".debug_addr");
        Line = sections.Find(".debug_line" + suffix);
        Aranges = sections.Find(".debug_aranges");
        Ranges = sections.Find(".debug_ranges");
        RngLists = sections.Find(".debug_rnglists" + suffix);
        Loc = sections.Find(".debug_loc" + suffix);
        LocLists = sections.Find(".debug_loclists" + suffix);
        Frame = sections.Find(".debug_frame");
        EhFrame = sections.Find(".eh_frame");
        Macro = sections.Find(".debug_macro" + suffix);
        Names = sections.Find(".debug_names");
        AltLink = sections.Find(".gnu_debugaltlink");
        CuIndex = sections.Find(".debug_cu_index");
        TuIndex = sections.Find(".debug_tu_index");
        _store = new UnitStore(this, cache, file.Length);
        _kept = new(_store.TryRead);
        _units = new(() => _kept.Value?.Units ?? ReadUnits(Info, isTypes: false));
        _ranges = new(() => _kept.Value?.Ranges ?? ReadRanges());
        _typeUnits = new(() => ReadUnits(Types, isTypes: true));
        _types = new(IndexTypes);
        _supplementary = new(() => SupplementaryFile.Open(this));
        _package = new(() => PackageIndex.Read(CuIndex));
        _typePackage = new(() => PackageIndex.Read(TuIndex));
        Split = new SplitFiles(this);
    }

    /// <summary>The file's path as it was given.</summary>
    public string Path { get; }

    /// <summary>The ELF file that it is in.</summary>
    public ElfFile Elf { get; }

    /// <summary>Whether the file has debug information at all.</summary>
    public bool HasInfo => Info.Exists;

    internal Limits Limits { get; }

    /// <summary>Where the file's sections are; of interest for an object file, whose sections all begin at 0.</summary>
    internal ElfPlacement Placement { get; }

    internal DwarfSection Info { get; }

    internal DwarfSection Types { get; }

    internal DwarfSection Abbrev { get; }

    internal DwarfSection Str { get; }

    internal DwarfSection LineStr { get; }

    internal DwarfSection StrOffsets { get; }

    internal DwarfSection Addr { get; }

    internal DwarfSection Line { get; }

    internal DwarfSection Aranges { get; }

    internal DwarfSection Ranges { get; }

    internal DwarfSection RngLists { get; }

    internal DwarfSection Loc { get; }

    internal DwarfSection LocLists { get; }

    internal DwarfSection Frame { get; }

    internal DwarfSection EhFrame { get; }

    internal DwarfSection Macro { get; }

    internal DwarfSection Names { get; }

    internal DwarfSection AltLink { get; }

    internal DwarfSection CuIndex { get; }

    internal DwarfSection TuIndex { get; }

    /// <summary>The files that have units of this one's code.</summary>
    internal SplitFiles Split { get; }

    /// <summary>Which parts of a package's sections are a unit's; null if this isn't a package.</summary>
    /// <exception cref="DwarfException">The index is damaged.</exception>
    internal PackageIndex? Package => _package.Value;

    /// <summary>
    /// What of the file couldn't be used so far, each a sentence for a person: an index, a file with a part of it.
    /// </summary>
    public IReadOnlyCollection<string> Notes => _notes;

    /// <summary>The units of <c>.debug_info</c> by ascending offset; one that can't be read says so by itself.</summary>
    /// <exception cref="DwarfException">The section can't be loaded.</exception>
    internal IReadOnlyList<DwarfUnit> Units => _units.Value;

    /// <summary>The units of <c>.debug_types</c>, where DWARF 4 keeps types that files share.</summary>
    /// <exception cref="DwarfException">The section can't be loaded.</exception>
    internal IReadOnlyList<DwarfUnit> TypeUnits => _typeUnits.Value;

    /// <summary>Which unit has the code at an address.</summary>
    /// <exception cref="DwarfException">The units can't be read.</exception>
    internal AddressRanges CodeRanges => _ranges.Value;

    /// <summary>Opens a file; null with the reason if it isn't an ELF file that Panicle reads.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limits">What a hostile file may cost.</param>
    /// <param name="why">On failure, the reason as a clause.</param>
    /// <param name="cache">
    /// A folder in which the list of units is kept by build ID, so that it is made once; null for none.
    /// </param>
    public static DwarfFile? TryOpen(string path, Limits limits, out string? why, string? cache = null) =>
        TryOpen(path, limits, cache, "", out why);

    /// <summary>Opens a file with split units, or a package of them; null if it isn't an ELF file that Panicle reads.</summary>
    internal static DwarfFile? TryOpenSplit(string path, Limits limits) => TryOpen(path, limits, null, ".dwo", out _);

    private static DwarfFile? TryOpen(string path, Limits limits, string? cache, string suffix, out string? why)
    {
        var elf = ElfFile.TryOpen(path, limits, out why);
        if (elf is null)
            return null;
        try
        {
            return new DwarfFile(path, elf, MappedFile.Open(path), limits, cache, suffix);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            elf.Dispose();
            why = e.Message;
            return null;
        }
    }

    /// <summary>The parts that the unit at an offset has in the sections of a package.</summary>
    /// <exception cref="DwarfException">The package's index is damaged.</exception>
    internal Contribution ContributionOf(int offset, bool isType, bool isTypeSection)
    {
        if (!CuIndex.Exists && !TuIndex.Exists)
            return default;
        // In version 2 the offsets of types are those of a section of their own.
        return (isType || isTypeSection ? _typePackage.Value : _package.Value)?[offset] ?? default;
    }

    /// <summary>Notes what couldn't be used; more than a few of a kind help nobody.</summary>
    internal void Note(string what)
    {
        if (_notes.Count < MostNotes)
            _notes.Enqueue($"{Path}: {what}");
    }

    /// <summary>A section's bytes as they are in the file; none if it has none there, or the file ends before.</summary>
    internal ReadOnlySpan<byte> StoredBytes(in ElfSection section) =>
        section.Type != ElfSectionHeader.NoBits && _file.Has(section.Offset, section.Size)
            ? _file.Slice(section.Offset, section.Size)
            : default;

    /// <summary>Where a section is in memory; 0 for one that isn't, such as those of debug information.</summary>
    internal ulong AddressOf(DwarfSection section)
    {
        for (var i = 0; i < Elf.Sections.Count; i++)
            if (Elf.Sections[i].Name == section.Name)
                return Placement.AddressOf(i);
        return 0;
    }

    /// <summary>The unit that covers an offset of <c>.debug_info</c>, or null.</summary>
    /// <exception cref="DwarfException">The section can't be loaded.</exception>
    internal DwarfUnit? UnitAt(ulong offset)
    {
        var units = _units.Value;
        var (low, high) = (0, units.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            if ((ulong)units[middle].Offset > offset)
                high = middle - 1;
            else if ((ulong)units[middle].End <= offset)
                low = middle + 1;
            else
                return units[middle];
        }
        return null;
    }

    /// <summary>The entry at an offset of <c>.debug_info</c>.</summary>
    /// <exception cref="DwarfException">No unit is there.</exception>
    internal DieReference EntryAt(ulong offset) => UnitAt(offset) is { } unit
        ? new(unit, (int)offset)
        : throw new DwarfException(Info.Name, (long)offset, "a reference to where no unit is");

    /// <summary>The entry of a type that a type unit keeps, or null if the file hasn't got it.</summary>
    internal DieReference? TypeBySignature(ulong signature) =>
        _types.Value.TryGetValue(signature, out var unit) ? new(unit, unit.TypeOffset) : null;

    /// <summary>
    /// The supplementary file (dwz), with what several files share; null if there is none, or it can't be found.
    /// </summary>
    internal DwarfFile? Supplementary => _supplementary.Value;

    /// <summary>The supplementary file (dwz), with what several files share.</summary>
    /// <exception cref="DwarfException">It can't be found.</exception>
    internal DwarfFile RequireSupplementary(DwarfSection section, int offset) => _supplementary.Value
        ?? throw new DwarfException(section.Name, offset, SupplementaryFile.WhyMissing(this));

    internal AbbreviationTable AbbreviationsOf(DwarfUnit unit)
    {
        // The sizes are a part of the table; most units have a table of their own.
        var sizes = unit.AddressSize | unit.OffsetSize << 8 | (unit.Version <= 2 ? 1 << 16 : 0);
        return _abbreviations.GetOrAdd(
            (unit.AbbreviationOffset, sizes),
            static (key, unit) =>
                AbbreviationTable.Read(unit.File.Abbrev, key.Offset, unit.AddressSize, unit.OffsetSize, unit.Version),
            unit);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Split.Dispose();
        if (_supplementary.IsValueCreated)
            _supplementary.Value?.Dispose();
        Elf.Dispose();
        _file.Dispose();
    }

    private AddressRanges ReadRanges()
    {
        var ranges = AddressRanges.Read(this);
        _store.Write(_units.Value, ranges);
        return ranges;
    }

    private DwarfUnit[] ReadUnits(DwarfSection section, bool isTypes)
    {
        var units = new List<DwarfUnit>();
        if (section.Exists)
            UnitList.Read(this, section, isTypes, units);
        return [.. units];
    }

    private Dictionary<ulong, DwarfUnit> IndexTypes()
    {
        var types = new Dictionary<ulong, DwarfUnit>();
        foreach (var unit in _units.Value.Concat(_typeUnits.Value))
            if (unit.Kind is DwarfUnitKind.Type or DwarfUnitKind.SplitType && unit.Problem is null)
                types.TryAdd(unit.Signature, unit);
        return types;
    }
}

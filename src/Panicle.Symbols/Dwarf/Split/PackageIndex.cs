using System.Buffers.Binary;

namespace Panicle.Symbols.Dwarf;

/// <summary>Where a unit's parts begin in the sections of a package; all 0 in a file of its own.</summary>
/// <param name="Abbrev">In <c>.debug_abbrev.dwo</c>.</param>
/// <param name="StrOffsets">In <c>.debug_str_offsets.dwo</c>.</param>
/// <param name="Loc">In <c>.debug_loc.dwo</c> or <c>.debug_loclists.dwo</c>.</param>
/// <param name="RngLists">In <c>.debug_rnglists.dwo</c>.</param>
internal readonly record struct Contribution(uint Abbrev, uint StrOffsets, uint Loc, uint RngLists);

/// <summary>
/// The index of a package of split units (<c>.debug_cu_index</c> and <c>.debug_tu_index</c>): which parts of its sections are a
/// unit's. Version 5 is that of DWARF 5, 7.3.5; version 2 GNU's before it.
/// </summary>
internal sealed class PackageIndex
{
    private const int HeaderBytes = 16;
    private const uint MostColumns = 16;

    // Numbers of sections; the last ones differ between the versions.
    private const uint Info = 1;
    private const uint Types = 2;
    private const uint Abbrev = 3;
    private const uint Loc = 5;
    private const uint StrOffsets = 6;
    private const uint RngLists = 8;

    private readonly Dictionary<ulong, int> _offsets = [];
    private readonly Dictionary<int, Contribution> _contributions = [];

    private PackageIndex(DwarfSection section)
    {
        var data = section.Data;
        if (data.Length < HeaderBytes)
            throw new DwarfException(section.Name, 0, "the index is too short for its head");
        // Version 2 has four bytes for it, version 5 two, and two that are 0.
        var version = BinaryPrimitives.ReadUInt32LittleEndian(data);
        if (version is not (2 or 5))
            throw new DwarfException(section.Name, 0, $"an index of version {version}");
        var (columns, units, slots) = (Word(section, 4), Word(section, 8), Word(section, 12));
        var size = HeaderBytes + slots * 12UL + columns * 4UL * (1 + 2UL * units);
        if (columns > MostColumns || units > slots || slots > int.MaxValue / 16 || size > (ulong)data.Length)
            throw new DwarfException(section.Name, 0, "the index reaches beyond its section's end");

        var rows = HeaderBytes + (int)slots * 8;
        var kinds = rows + (int)slots * 4;
        var offsets = kinds + (int)columns * 4;
        for (var slot = 0; slot < (int)slots; slot++)
        {
            var row = Word(section, rows + 4 * slot);
            if (row == 0)
                continue;
            if (row > units)
                throw new DwarfException(section.Name, rows + 4 * slot, "a unit beyond the index's end");
            var (at, contribution) = ReadRow(
                section, kinds, offsets + (int)((row - 1) * columns * 4), (int)columns, isOld: version == 2);
            _offsets.TryAdd(BinaryPrimitives.ReadUInt64LittleEndian(data[(HeaderBytes + 8 * slot)..]), at);
            _contributions.TryAdd(at, contribution);
        }
    }

    /// <summary>Reads an index; null if there is none.</summary>
    /// <exception cref="DwarfException">It is damaged.</exception>
    public static PackageIndex? Read(DwarfSection section) => section.Exists ? new(section) : null;

    /// <summary>Where the unit with an ID begins, or null.</summary>
    public int? OffsetOf(ulong id) => _offsets.TryGetValue(id, out var offset) ? offset : null;

    /// <summary>The parts of the unit that begins at an offset.</summary>
    public Contribution this[int offset] => _contributions.GetValueOrDefault(offset);

    private static (int Offset, Contribution Contribution) ReadRow(
        DwarfSection section, int kinds, int row, int columns, bool isOld)
    {
        var offset = 0;
        var found = default(Contribution);
        for (var column = 0; column < columns; column++)
        {
            var value = Word(section, row + 4 * column);
            switch (Word(section, kinds + 4 * column))
            {
                case Info or Types:
                    offset = (int)Math.Min(value, int.MaxValue);
                    break;
                case Abbrev:
                    found = found with { Abbrev = value };
                    break;
                case Loc:
                    found = found with { Loc = value };
                    break;
                case StrOffsets:
                    found = found with { StrOffsets = value };
                    break;
                case RngLists when !isOld:
                    found = found with { RngLists = value };
                    break;
            }
        }
        return (offset, found);
    }

    private static uint Word(DwarfSection section, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(section.Data[offset..]);
}

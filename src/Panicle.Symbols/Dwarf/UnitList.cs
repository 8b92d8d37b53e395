
namespace Panicle.Symbols.Dwarf;

/// <summary>Reads the headers of the units in a section (DWARF 5, 7.5.1), from one to the next by their lengths.</summary>
internal static class UnitList
{
    private const int LargestVersion = 5;

    // How far reading goes before the pages it touched are given back:
    // headers are far apart, and the system maps many pages around each.
    private const int StepBytes = 8 << 20;

    /// <summary>
    /// Appends the units of a section. One whose header isn't understood has a <see cref="DwarfUnit.Problem"/>; where a length
    /// leads out of the section, the list ends with such a unit.
    /// </summary>
    public static void Read(DwarfFile file, DwarfSection section, bool isTypes, List<DwarfUnit> units)
    {
        var cursor = new ByteCursor(section, 0);
        var released = 0;
        while (!cursor.AtEnd && units.Count < file.Limits.MaxElements)
        {
            var offset = cursor.Position;
            var end = cursor.End;
            try
            {
                var length = cursor.ReadInitialLength(out var is64);
                var start = cursor.Position;
                if (length == 0)
                    continue;
                if (length > (ulong)(cursor.End - start))
                    cursor.Fail(offset, $"a unit of 0x{length:x} bytes, which reaches beyond the section's end");
                end = start + (int)length;
                var header = new ByteCursor(section, start, end);
                units.Add(ReadHeader(file, section, isTypes, units.Count, offset, is64, ref header));
            }
            catch (DwarfException problem)
            {
                units.Add(new DwarfUnit(file, section, units.Count, offset) { End = end, FirstDie = end, Problem = problem });
            }
            cursor.Position = end;
            if (end - released < StepBytes)
                continue;
            section.Release(released, end);
            released = end;
        }
    }

    private static DwarfUnit ReadHeader(
        DwarfFile file, DwarfSection section, bool isTypes, int index, int offset, bool is64, ref ByteCursor header)
    {
        var version = header.ReadUInt16();
        if (version is < 2 or > LargestVersion)
            header.Fail(offset, $"a unit of DWARF version {version}; Panicle reads 2 to {LargestVersion}");
        var kind = isTypes ? DwarfUnitKind.Type : DwarfUnitKind.Compile;
        var offsetSize = is64 ? 8 : 4;
        int addressSize;
        ulong abbreviations;
        if (version >= 5)
        {
            kind = (DwarfUnitKind)header.ReadByte();
            addressSize = header.ReadByte();
            abbreviations = header.ReadUnsigned(offsetSize);
        }
        else
        {
            abbreviations = header.ReadUnsigned(offsetSize);
            addressSize = header.ReadByte();
        }
        if (addressSize is not (4 or 8))
            header.Fail(offset, $"a unit with addresses of {addressSize} bytes");
        var hasSignature = kind is DwarfUnitKind.Type or DwarfUnitKind.SplitType or DwarfUnitKind.Skeleton
            or DwarfUnitKind.SplitCompile;
        var signature = hasSignature ? header.ReadUInt64() : 0;
        var type = kind is DwarfUnitKind.Type or DwarfUnitKind.SplitType ? header.ReadUnsigned(offsetSize) : 0;
        if (type >= (ulong)(header.End - offset))
            header.Fail(offset, "a type unit whose type lies beyond its end");
        var parts = file.ContributionOf(
            offset, isType: kind is DwarfUnitKind.Type or DwarfUnitKind.SplitType, isTypeSection: isTypes);
        return new DwarfUnit(file, section, index, offset)
        {
            Parts = parts,
            End = header.End,
            FirstDie = header.Position,
            Version = version,
            OffsetSize = offsetSize,
            AddressSize = addressSize,
            Kind = kind,
            Signature = signature,
            TypeOffset = offset + (int)type,
            AbbreviationOffset = abbreviations + parts.Abbrev,
        };
    }
}

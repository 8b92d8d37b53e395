using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Panicle.Symbols.Dwarf;

/// <summary>
/// Goes over the outermost entries of every unit and collects the names that people ask for: types, enumerators, variables with a
/// place in memory, functions. What lies inside of types and functions is passed over,
/// so that this costs about a tenth of reading it all.
/// </summary>
internal sealed class NameScan
{
    // How much of a section is read before its pages are given back.
    private const int RunBytes = 4 << 20;

    // A unit that is in another file is small here.
    private const int RunUnits = 64;

    private readonly NameTable _names = new();
    private readonly ScanPlans _plans = new();
    private readonly NamePlace _place;
    private readonly int? _owner;

    // Of the unit that is scanned.
    private NamePlace _unitPlace;
    private ushort _unit;

    private NameScan(NamePlace place, int? owner) => (_place, _owner) = (place, owner);

    /// <summary>Scans all units, side by side. A damaged unit costs the names that follow the damage in it.</summary>
    public static NameEntry[] Run(DwarfFile file)
    {
        var all = new NameTable();
        Scan(file.Units, NamePlace.Info, all);
        Scan(file.TypeUnits, NamePlace.Types, all);
        if (file.Supplementary is { } supplementary)
            Scan(supplementary.Units, NamePlace.Supplementary, all);
        ScanSplitTypes(file, all);
        return all.Entries();
    }

    /// <summary>Types that the files of split units share among their own.</summary>
    private static void ScanSplitTypes(DwarfFile file, NameTable all)
    {
        var done = new HashSet<DwarfFile>();
        foreach (var unit in file.Units)
            if (unit.MayBeElsewhere && unit.TryFull() is { } full && done.Add(full.File))
            {
                Scan(
                    [.. full.File.Units.Where(other => other.Kind == DwarfUnitKind.SplitType)], NamePlace.Split, all, unit.Index);
                Scan(full.File.TypeUnits, NamePlace.SplitTypes, all, unit.Index);
            }
    }

    private static void Scan(IReadOnlyList<DwarfUnit> units, NamePlace place, NameTable all, int? owner = null)
    {
        if (units.Count == 0)
            return;
        // Runs of neighbours, given out one by one, so that each thread reads the file forwards.
        Parallel.ForEach(
            Partitioner.Create(Runs(units), EnumerablePartitionerOptions.NoBuffering),
            () => new NameScan(place, owner),
            (run, _, scan) =>
            {
                var section = units[run.First].Section;
                section.Prefetch(units[run.First].Offset, units[run.Last].End);
                for (var i = run.First; i <= run.Last; i++)
                    scan.Add(units[i]);
                section.Release(units[run.First].Offset, units[run.Last].End);
                return scan;
            },
            scan =>
            {
                lock (all)
                    all.Join(scan._names);
            });
    }

    private static IEnumerable<(int First, int Last)> Runs(IReadOnlyList<DwarfUnit> units)
    {
        var first = 0;
        for (var i = 0; i < units.Count; i++)
        {
            if (i + 1 < units.Count && units[i].End - units[first].Offset < RunBytes && i - first < RunUnits)
                continue;
            yield return (first, i);
            first = i + 1;
        }
    }

    private void Add(DwarfUnit unit)
    {
        if (unit.Problem is not null)
            return;
        try
        {
            var full = unit.Full;
            var owner = _owner ?? (full == unit ? 0 : unit.Index);
            // What is beyond isn't found by its name; no kernel has so many source files.
            if (owner > ushort.MaxValue)
                return;
            (_unitPlace, _unit) = (full == unit ? _place : NamePlace.Split, (ushort)owner);
            AddEntries(full);
        }
        catch (DwarfException)
        {
            // The unit is lost from here on, and only it.
        }
    }

    private void AddEntries(DwarfUnit unit)
    {
        if (_plans.TryRead(unit) && FirstOfC(unit) is { } first)
        {
            AddFlat(unit, first);
            return;
        }
        var die = new DieCursor(unit, unit.FirstDie, unit.ReadAbbreviations());
        if (die.Read() && die.HasChildren)
            AddAll(ref die);
    }

    /// <summary>
    /// For a unit of C: where its first entry's children begin. Null for others, and for one whose first entry is unusual.
    /// </summary>
    private int? FirstOfC(DwarfUnit unit)
    {
        var data = unit.Section.Data;
        var cursor = new ByteCursor(unit.Section, unit.FirstDie, unit.End);
        var code = cursor.ReadUleb();
        if (code == 0)
            return null;
        ref readonly var plan = ref _plans[code, unit, unit.FirstDie];
        var at = cursor.Position;
        var variable = plan.VariableSize(data[..unit.End], at);
        return plan is { Tag: DwarfTag.CompileUnit, HasChildren: true, HasKnownSize: true, Language.Exists: true }
            && plan.Size <= unit.End - at
            && variable >= 0 && at + plan.Reach + variable <= data.Length && IsC(plan.Language.Read(data, at, variable))
            ? at + plan.Size + variable
            : null;
    }

    /// <summary>
    /// Goes over the unit's entries, those in namespaces of C++ or Rust included: they go by their names alone.
    /// </summary>
    private void AddAll(ref DieCursor die)
    {
        while (die.Read() && die.Depth >= 1)
        {
            var kind = KindOf(die.Tag);
            if (kind != NameKind.None)
                AddEntry(in die, kind);
            if (die.Tag is not (DwarfTag.Namespace or DwarfTag.Module))
                die.SkipChildren();
        }
    }

    /// <summary>
    /// Goes over the outermost entries of a unit of C from sibling to sibling; most have a layout that is known once for all.
    /// </summary>
    private void AddFlat(DwarfUnit unit, int offset)
    {
        var section = unit.Section.Data;
        var data = section[..unit.End];
        while (offset < data.Length)
        {
            var at = offset;
            ulong code = data[at++];
            if (code == 0)
                return;
            if (code >= 0x80)
                code = ReadCode(unit, offset, out at);
            ref readonly var plan = ref _plans[code, unit, offset];
            var variable = plan.VariableSize(data, at);
            var isRead = plan.IsSimple && variable >= 0 && at + plan.Reach + variable <= section.Length;
            if (isRead)
            {
                if (plan.Kind != NameKind.None)
                    AddSimple(unit, plan, section, offset, at, variable);
                var next = plan.HasChildren
                    ? unit.Offset + (int)plan.Sibling.Read(section, at, variable)
                    : at + plan.Size + variable;
                if (next > offset && next <= data.Length)
                {
                    offset = next;
                    continue;
                }
            }
            var die = new DieCursor(unit, offset);
            if (!die.Read())
                return;
            if (!isRead && KindOf(die.Tag) is var kind and not NameKind.None)
                AddEntry(in die, kind);
            die.SkipChildren();
            if (!die.Read())
                return;
            offset = die.Offset;
        }
    }

    private static ulong ReadCode(DwarfUnit unit, int offset, out int attributes)
    {
        var cursor = new ByteCursor(unit.Section, offset, unit.End);
        var code = cursor.ReadUleb();
        attributes = cursor.Position;
        return code;
    }

    private void AddSimple(DwarfUnit unit, in ScanPlan plan, ReadOnlySpan<byte> data, int offset, int at, int variable)
    {
        if (plan.Kind == NameKind.Enum)
        {
            AddSimpleEnum(unit, plan, data, offset, at, variable);
            return;
        }
        if (plan.Kind == NameKind.Variable && !(plan.HasLocation && variable > 1))
            return;
        var name = plan.HasName ? NameOf(plan, data[..unit.End], at, variable)
            : plan is { Kind: NameKind.Variable, Specification.Exists: true }
            ? NameAt(unit, unit.Offset + (long)plan.Specification.Read(data, at, variable))
            : default;
        if (!name.Exists)
            return;
        var shape = plan.Kind switch
        {
            NameKind.DeclaredVariable => 0UL,
            // Each definition is one of its own.
            NameKind.Variable => (uint)offset,
            _ => Shape(plan.ByteSize.Read(data, at, variable), plan.Line.Read(data, at, variable),
                plan.Kind is NameKind.Struct or NameKind.Union && plan.HasChildren
                    ? NameAt(unit, at + plan.Size + variable).Key
                    : 0),
        };
        AddName(unit, name, shape, offset, plan.Kind);
    }

    private void AddSimpleEnum(DwarfUnit unit, in ScanPlan plan, ReadOnlySpan<byte> data, int offset, int at, int variable)
    {
        var first = plan.HasChildren ? NameAt(unit, at + plan.Size + variable) : default;
        var name = plan.HasName ? NameOf(plan, data[..unit.End], at, variable) : first;
        if (!name.Exists)
            return;
        var shape = Shape(plan.ByteSize.Read(data, at, variable), plan.Line.Read(data, at, variable), first.Key);
        if (!AddName(unit, name, shape, offset, plan.HasName ? NameKind.Enum : NameKind.Enumerator))
            return;
        var die = new DieCursor(unit, offset);
        if (die.Read())
            AddEnumerators(die, shape);
    }

    private bool AddName(DwarfUnit unit, in ScanName name, ulong shape, int offset, NameKind kind)
    {
        if (!_names.Add(name.Key, shape, (uint)offset, kind, _unitPlace, _unit, out var hash))
            return false;
        hash.Set(NameEntry.HashOf(name.IsReference ? unit.File.Str.TextAt(name.Key) : name.Text));
        return true;
    }

    private static ScanName NameOf(in ScanPlan plan, ReadOnlySpan<byte> data, int at, int variable) => plan.Name.Exists
        ? new(plan.Name.Read(data, at, variable))
        : new(LongKey(data.Slice(at + plan.VariableAt, variable - 1)), data.Slice(at + plan.VariableAt, variable - 1));

    /// <summary>The name of the entry at an offset, if it has one.</summary>
    private ScanName NameAt(DwarfUnit unit, long offset)
    {
        var section = unit.Section.Data;
        var cursor = new ByteCursor(unit.Section, offset, unit.End);
        var code = cursor.ReadUleb();
        if (code == 0)
            return default;
        ref readonly var plan = ref _plans[code, unit, (int)offset];
        if (!plan.HasName)
            return default;
        var at = cursor.Position;
        if (plan.HasKnownName && plan.VariableSize(section[..unit.End], at) is var variable and >= 0
            && at + plan.Reach + variable <= section.Length)
            return NameOf(plan, section[..unit.End], at, variable);
        var die = new DieCursor(unit, (int)offset);
        return die.Read() && die.Get(DwarfAttribute.Name) is { Exists: true } name ? new(KeyOf(name), name.Text) : default;
    }

    private static bool IsC(ulong language) => language is 0x01 or 0x02 or 0x0c or 0x1d or 0x2c or 0x8001;

    private void AddEntry(scoped in DieCursor die, NameKind kind)
    {
        AttributeValue name = default, location = default, specification = default;
        ulong size = 0, line = 0;
        var isDeclaration = false;
        foreach (var (attribute, value) in die.Attributes)
            switch (attribute)
            {
                case DwarfAttribute.Name:
                    name = value;
                    break;
                case DwarfAttribute.ByteSize:
                    size = value.Raw;
                    break;
                case DwarfAttribute.DeclLine:
                    line = value.Raw;
                    break;
                case DwarfAttribute.Declaration:
                    isDeclaration = value.IsSet;
                    break;
                case DwarfAttribute.Location:
                    location = value;
                    break;
                case DwarfAttribute.Specification:
                    specification = value;
                    break;
            }
        if (isDeclaration)
        {
            if (kind == NameKind.Variable && name.Exists)
                AddName(name, 0, die.Offset, NameKind.DeclaredVariable);
            return;
        }
        switch (kind)
        {
            case NameKind.Variable when location is { IsBlock: true, Length: > 0 }:
                if (!name.Exists && specification.Exists)
                    name = specification.Reference.Open().Get(DwarfAttribute.Name);
                // Each definition is one of its own.
                if (name.Exists)
                    AddName(name, (uint)die.Offset, die.Offset, kind);
                break;
            case NameKind.Variable:
                break;
            case NameKind.Enum:
                AddEnum(die, name, size, line);
                break;
            default:
                if (name.Exists)
                    AddName(name, Shape(size, line, kind is NameKind.Struct or NameKind.Union ? KeyOf(FirstChild(die)) : 0),
                        die.Offset, kind);
                break;
        }
    }

    private void AddEnum(scoped in DieCursor die, in AttributeValue name, ulong size, ulong line)
    {
        // An anonymous enum goes by its first constant.
        var first = FirstChild(die);
        var identity = name.Exists ? name : first;
        if (!identity.Exists)
            return;
        var shape = Shape(size, line, KeyOf(first));
        if (AddName(identity, shape, die.Offset, name.Exists ? NameKind.Enum : NameKind.Enumerator))
            AddEnumerators(die, shape);
    }

    private void AddEnumerators(DieCursor die, ulong shape)
    {
        var parent = (die.Offset, die.Depth);
        while (die.Read() && die.Depth > parent.Depth)
        {
            if (die.Tag == DwarfTag.Enumerator && die.Get(DwarfAttribute.Name) is { Exists: true } name)
                AddName(name, shape, parent.Offset, NameKind.Enumerator);
        }
    }

    private bool AddName(in AttributeValue name, ulong shape, int offset, NameKind kind)
    {
        if (!_names.Add(KeyOf(name), shape, (uint)offset, kind, _unitPlace, _unit, out var hash))
            return false;
        hash.Set(NameEntry.HashOf(name.Text));
        return true;
    }

    private static AttributeValue FirstChild(DieCursor die)
    {
        var depth = die.Depth;
        return die.Read() && die.Depth > depth ? die.Get(DwarfAttribute.Name) : default;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Shape(ulong size, ulong line, ulong first) =>
        ((first * 0x9e3779b97f4a7c15 ^ size) * 0x9e3779b97f4a7c15 ^ line) * 0x9e3779b97f4a7c15 >> 8;

    /// <summary>What stands for a name, 0 for none: the linker has each string once, so that its offset does.</summary>
    private static ulong KeyOf(in AttributeValue name) =>
        !name.Exists ? 0 : name.Form == DwarfForm.Strp ? name.Raw : LongKey(name.Text);

    private static ulong LongKey(ReadOnlySpan<byte> text)
    {
        var hash = 14695981039346656037UL;
        foreach (var b in text)
            hash = (hash ^ b) * 1099511628211UL;
        return 1UL << 63 | hash;
    }

    /// <summary>What a named entry is, by its tag.</summary>
    internal static NameKind KindOf(DwarfTag tag) => tag switch
    {
        DwarfTag.StructureType or DwarfTag.ClassType => NameKind.Struct,
        DwarfTag.UnionType => NameKind.Union,
        DwarfTag.EnumerationType => NameKind.Enum,
        DwarfTag.Typedef => NameKind.Typedef,
        DwarfTag.BaseType => NameKind.BaseType,
        DwarfTag.Variable => NameKind.Variable,
        DwarfTag.Subprogram => NameKind.Function,
        _ => NameKind.None,
    };

    /// <summary>A name as the scan compares it: by its place in <c>.debug_str</c>, or by a hash of its text.</summary>
    private readonly ref struct ScanName
    {
        public ScanName(ulong place)
        {
            Key = place;
            (Exists, IsReference) = (true, true);
        }

        public ScanName(ulong key, ReadOnlySpan<byte> text)
        {
            Key = key;
            Text = text;
            Exists = true;
        }

        public bool Exists { get; }

        public bool IsReference { get; }

        public ulong Key { get; }

        public ReadOnlySpan<byte> Text { get; }
    }
}

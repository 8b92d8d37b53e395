using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Panicle.Symbols.Dwarf;

/// <summary>
/// Goes over the outermost entries of every unit and collects the names that people ask for: types, enumerators, variables with a place
/// in memory, functions. What lies inside of types and functions is passed over, so that this costs about a tenth of reading it all.
/// </summary>
internal sealed class NameScan
{
    private readonly NameTable _names = new();
    private readonly NamePlace _place;

    private NameScan(NamePlace place) => _place = place;

    /// <summary>Scans all units, side by side. A damaged unit costs the names that follow the damage in it.</summary>
    public static NameEntry[] Run(DwarfFile file)
    {
        var all = new NameTable();
        Scan(file.Units, NamePlace.Info, all);
        Scan(file.TypeUnits, NamePlace.Types, all);
        if (file.Supplementary is { } supplementary)
            Scan(supplementary.Units, NamePlace.Supplementary, all);
        var entries = all.Entries();
        Array.Sort(entries);
        return entries;
    }

    private static void Scan(IReadOnlyList<DwarfUnit> units, NamePlace place, NameTable all)
    {
        if (units.Count == 0)
            return;
        // Runs of neighbours, so that each thread reads the file forwards.
        Parallel.ForEach(
            Partitioner.Create(0, units.Count, Math.Max(1, units.Count / (Environment.ProcessorCount * 16))),
            () => new NameScan(place),
            (range, _, scan) =>
            {
                for (var i = range.Item1; i < range.Item2; i++)
                    scan.Add(units[i]);
                return scan;
            },
            scan =>
            {
                lock (all)
                    all.Join(scan._names);
            });
    }

    private void Add(DwarfUnit unit)
    {
        if (unit.Problem is not null)
            return;
        try
        {
            AddEntries(unit);
        }
        catch (DwarfException)
        {
            // The unit is lost from here on, and only it.
        }
    }

    private void AddEntries(DwarfUnit unit)
    {
        // A table of its own: those of all units would fill the memory.
        var table = unit.ReadAbbreviations();
        var die = new DieCursor(unit, unit.FirstDie, table);
        if (!die.Read() || !die.HasChildren)
            return;
        if (die.Tag == DwarfTag.PartialUnit || !IsC(die.Get(DwarfAttribute.Language)))
            AddAll(ref die);
        else if (die.Read())
            AddFlat(unit, table, die.Offset);
    }

    /// <summary>Goes over the unit's entries, those in namespaces of C++ or Rust included: they go by their names alone.</summary>
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

    /// <summary>Goes over the outermost entries of a unit of C from sibling to sibling; most have a layout that is known once for all.</summary>
    private void AddFlat(DwarfUnit unit, AbbreviationTable table, int offset)
    {
        var data = unit.Section.Data[..unit.End];
        var plans = new ScanPlan[table.Count];
        while (offset < data.Length)
        {
            var cursor = new ByteCursor(unit.Section, offset, unit.End);
            var code = cursor.ReadUleb();
            if (code == 0)
                return;
            ref readonly var plan = ref PlanOf(unit, table, plans, code, offset);
            var attributes = data[cursor.Position..];
            if (plan.IsSimple && attributes.Length >= plan.Size)
            {
                if (plan.IsWanted)
                    AddSimple(unit, table, plans, plan, attributes, offset, cursor.Position);
                var next = plan.HasChildren ? unit.Offset + (int)plan.SiblingOf(attributes, unit) : cursor.Position + plan.Size;
                if (next > offset && next <= data.Length)
                {
                    offset = next;
                    continue;
                }
            }
            var die = new DieCursor(unit, offset, table);
            if (!die.Read())
                return;
            if (plan.Kind != NameKind.None && !(plan.IsSimple && plan.IsWanted))
                AddEntry(in die, plan.Kind);
            die.SkipChildren();
            if (!die.Read())
                return;
            offset = die.Offset;
        }
    }

    private void AddSimple(
        DwarfUnit unit, AbbreviationTable table, ScanPlan[] plans, in ScanPlan plan, ReadOnlySpan<byte> attributes, int offset, int position)
    {
        if (plan.Kind == NameKind.Enum)
        {
            var die = new DieCursor(unit, offset, table);
            if (die.Read())
                AddEntry(in die, plan.Kind);
            return;
        }
        var first = 0UL;
        if (plan.Kind is NameKind.Struct or NameKind.Union && plan.HasChildren)
            first = KeyOfFirst(unit, table, plans, position + plan.Size);
        var name = plan.NameOf(attributes, unit);
        if (_names.Add(name, Shape(plan.SizeOf(attributes, unit), plan.LineOf(attributes, unit), first), (uint)offset, plan.Kind, _place, out var hash))
            hash.Set(NameEntry.HashOf(unit.File.Str.TextAt(name)));
    }

    /// <summary>What stands for the name of the entry at an offset, as <see cref="KeyOf"/> has it.</summary>
    private static ulong KeyOfFirst(DwarfUnit unit, AbbreviationTable table, ScanPlan[] plans, int offset)
    {
        var cursor = new ByteCursor(unit.Section, offset, unit.End);
        var code = cursor.ReadUleb();
        if (code == 0)
            return 0;
        ref readonly var plan = ref PlanOf(unit, table, plans, code, offset);
        if (!plan.HasName)
            return 0;
        if (plan.HasDirectName)
            return plan.NameOf(unit.Section.Data[cursor.Position..unit.End], unit);
        var die = new DieCursor(unit, offset, table);
        return die.Read() ? KeyOf(die.Get(DwarfAttribute.Name)) : 0;
    }

    private static ref readonly ScanPlan PlanOf(DwarfUnit unit, AbbreviationTable table, ScanPlan[] plans, ulong code, int offset)
    {
        if (!table.TryIndex(code, out var index))
            throw new DwarfException(unit.Section.Name, offset, $"an entry with the abbreviation {code}, which the unit doesn't have");
        ref var plan = ref plans[index];
        if (!plan.IsMade)
            plan = new ScanPlan(table, table[index], unit, KindOf(table[index].Tag));
        return ref plan;
    }

    private static bool IsC(in AttributeValue language) =>
        language is { IsConstant: true, Raw: 0x01 or 0x02 or 0x0c or 0x1d or 0x2c or 0x8001 };

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
                    AddName(name, Shape(size, line, kind is NameKind.Struct or NameKind.Union ? KeyOf(FirstChild(die)) : 0), die.Offset, kind);
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
        if (!_names.Add(KeyOf(name), shape, (uint)offset, kind, _place, out var hash))
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
        !name.Exists ? 0 : name.Form == DwarfForm.Strp ? name.Raw : 1UL << 63 | LongHash(name.Text);

    private static ulong LongHash(ReadOnlySpan<byte> text)
    {
        var hash = 14695981039346656037UL;
        foreach (var b in text)
            hash = (hash ^ b) * 1099511628211UL;
        return hash;
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
}

using System.Buffers.Binary;
using System.Text;

namespace Panicle.Symbols.Dwarf;

/// <summary>
/// The index of names that a compiler or linker wrote (<c>.debug_names</c>: DWARF 5, 6.1.1): a hash table from names to entries,
/// which costs nothing until a name is asked for. Each answer is compared with the entry that it leads to. An index that is
/// damaged or doesn't have every unit isn't used.
/// </summary>
internal sealed class DebugNames
{
    private const string SectionName = ".debug_names";

    // How many tables are there where a linker only put those of the object files one after the other.
    private const int MostTables = 65_536;

    private readonly DwarfFile _file;
    private readonly List<DebugNamesTable> _tables;

    private DebugNames(DwarfFile file, List<DebugNamesTable> tables)
    {
        _file = file;
        _tables = tables;
        IsComplete = tables.TrueForAll(table => table.IsByLlvm);
    }

    /// <summary>Whether a type or variable that isn't in it isn't in the file; else some may be left out.</summary>
    public bool IsComplete { get; }

    /// <summary>Reads the heads of a file's index; null if it has none, or one that can't be used, which is then noted.</summary>
    public static DebugNames? TryOpen(DwarfFile file)
    {
        if (!file.Names.Exists)
            return null;
        try
        {
            var tables = new List<DebugNamesTable>();
            var cursor = new ByteCursor(file.Names, 0);
            while (!cursor.AtEnd)
            {
                if (tables.Count == MostTables)
                    cursor.Fail(cursor.Position, "more tables than a file can have");
                tables.Add(DebugNamesTable.Read(file, ref cursor));
            }
            CheckUnits(file, tables);
            return new DebugNames(file, tables);
        }
        catch (DwarfException problem)
        {
            file.Note($"the index of names isn't used: {problem.Message}");
            return null;
        }
    }

    /// <summary>
    /// The definitions of a name as <see cref="NameIndex.Find"/> has them; none may mean that the index leaves them out, unless
    /// it <see cref="IsComplete"/>.
    /// </summary>
    /// <exception cref="DwarfException">The index is damaged.</exception>
    public List<NameEntry> Find(ReadOnlySpan<byte> name, NameKind kind)
    {
        var definitions = new Dictionary<(ulong Size, ulong Line, string First, int Own), (DieReference Die, uint Count)>();
        foreach (var table in _tables)
            foreach (var (reference, tag) in table.Find(name))
                if (reference.Open().Tag != tag)
                    throw new DwarfException(SectionName, reference.Offset, "it says that something else is there");
                else if (NameScan.KindOf(tag) == kind)
                    Add(reference, name, kind, definitions);
        var entries = new List<NameEntry>();
        foreach (var (die, count) in definitions.Values.Where(definition => IsOutermost(definition.Die)))
        {
            var place = die.Unit.Section == _file.Info ? NamePlace.Info : NamePlace.Types;
            entries.Add(new(NameEntry.HashOf(name), (uint)die.Offset, count, kind, place, 0));
        }
        entries.Sort();
        return entries;
    }

    private static void CheckUnits(DwarfFile file, List<DebugNamesTable> tables)
    {
        var named = tables.SelectMany(table => table.Units).Select(unit => unit.Offset).ToHashSet();
        foreach (var unit in file.Units)
        {
            if (unit.Kind is DwarfUnitKind.Skeleton or DwarfUnitKind.SplitCompile)
                throw new DwarfException(SectionName, unit.Offset, "it is one of units in other files");
            if (unit.Problem is null && unit.Kind is DwarfUnitKind.Compile && !named.Contains(unit.Offset))
                throw new DwarfException(SectionName, unit.Offset, "it hasn't got all units");
        }
    }

    private static void Add(
        DieReference reference, ReadOnlySpan<byte> name, NameKind kind,
        Dictionary<(ulong, ulong, string, int), (DieReference Die, uint Count)> definitions)
    {
        var die = reference.Open();
        var own = die.Get(DwarfAttribute.Name);
        if (!own.Exists && kind == NameKind.Variable && die.Get(DwarfAttribute.Specification) is { Exists: true } declared)
            own = declared.Reference.Open().Get(DwarfAttribute.Name);
        // A function that was inlined too is described once for all: there is its name.
        if (!own.Exists && kind == NameKind.Function && die.Get(DwarfAttribute.AbstractOrigin) is { Exists: true } origin)
        {
            reference = origin.Reference;
            die = reference.Open();
            own = die.Get(DwarfAttribute.Name);
        }
        if (!own.Text.SequenceEqual(name))
        {
            // The linker's names are in it too.
            if (DieNames.LinkageNameOf(reference).SequenceEqual(name) || DieNames.NameOf(reference).SequenceEqual(name))
                return;
            throw new DwarfException(SectionName, reference.Offset, "it says that something else is there");
        }
        if (die.Get(DwarfAttribute.Declaration).IsSet)
            return;
        if (kind == NameKind.Variable && die.Get(DwarfAttribute.Location) is not { IsBlock: true, Length: > 0 })
            return;
        var first = kind is NameKind.Struct or NameKind.Union or NameKind.Enum ? FirstName(die) : "";
        // Each variable is one of its own; of types every file has a copy.
        var ownOffset = kind == NameKind.Variable ? reference.Offset : 0;
        var shape = (die.Get(DwarfAttribute.ByteSize).Raw, die.Get(DwarfAttribute.DeclLine).Raw, first, ownOffset);
        var isKnown = definitions.TryGetValue(shape, out var known);
        if (!isKnown || known.Die != reference)
            definitions[shape] = isKnown
                ? (reference.Offset < known.Die.Offset ? reference : known.Die, known.Count + 1)
                : (reference, 1);
    }

    private static string FirstName(DieCursor die)
    {
        var depth = die.Depth;
        return die.Read() && die.Depth > depth ? Encoding.UTF8.GetString(die.Get(DwarfAttribute.Name).Text) : "";
    }

    /// <summary>Whether it isn't inside of a function or type, where other names hold.</summary>
    private static bool IsOutermost(DieReference wanted)
    {
        var die = wanted.Unit.Open();
        die.Read();
        while (die.Read() && die.Depth >= 1 && die.Offset <= wanted.Offset)
        {
            if (die.Offset == wanted.Offset)
                return true;
            if (die.Tag is not (DwarfTag.Namespace or DwarfTag.Module))
                die.SkipChildren();
        }
        return false;
    }
}

/// <summary>One table of the section.</summary>
internal sealed class DebugNamesTable
{
    private const int Version = 5;
    private const ulong IndexCompileUnit = 1;
    private const ulong IndexTypeUnit = 2;
    private const ulong IndexDieOffset = 3;
    private const string Llvm = "LLVM";

    private readonly DwarfFile _file;
    private readonly int _offsetSize;
    private readonly DwarfUnit[] _units;
    private readonly DwarfUnit?[] _typeUnits;
    private readonly int _buckets;
    private readonly int _names;
    private readonly int _bucketsAt;
    private readonly int _entries;
    private readonly int _end;
    private readonly Dictionary<ulong, (DwarfTag Tag, (ulong Index, DwarfForm Form)[] Attributes)> _abbreviations = [];

    private DebugNamesTable(DwarfFile file, ref ByteCursor cursor)
    {
        _file = file;
        var start = cursor.Position;
        var length = cursor.ReadInitialLength(out var is64);
        if (length > (ulong)(cursor.End - cursor.Position))
            cursor.Fail(start, "a table that reaches beyond the section's end");
        _end = cursor.Position + (int)length;
        _offsetSize = is64 ? 8 : 4;
        if (cursor.ReadUInt16() != Version)
            cursor.Fail(start, "a table of another version than 5");
        cursor.Skip(2);
        var (units, localTypes, foreignTypes) = (cursor.ReadUInt32(), cursor.ReadUInt32(), cursor.ReadUInt32());
        var (buckets, names, abbreviations, augmentation) = (
            cursor.ReadUInt32(), cursor.ReadUInt32(), cursor.ReadUInt32(), cursor.ReadUInt32());
        IsByLlvm = cursor.ReadBytes((augmentation + 3UL) & ~3UL).StartsWith(Encoding.ASCII.GetBytes(Llvm));
        // All of it before anything is allocated for it.
        var size = ((ulong)units + localTypes + 2UL * names) * (ulong)_offsetSize + foreignTypes * 8UL
            + (buckets + (ulong)names) * 4 + abbreviations;
        if (size > (ulong)(_end - cursor.Position) || (buckets == 0 && names > 0))
            cursor.Fail(start, "a table that has no room for what it is said to have");
        _units = new DwarfUnit[units];
        for (var i = 0; i < _units.Length; i++)
            _units[i] = UnitAt(ref cursor)
                ?? throw new DwarfException(file.Names.Name, cursor.Position, "there is no unit where it has one");
        _typeUnits = new DwarfUnit?[localTypes];
        for (var i = 0; i < _typeUnits.Length; i++)
            _typeUnits[i] = UnitAt(ref cursor);
        cursor.Skip(foreignTypes * 8UL);
        (_buckets, _names, _bucketsAt) = ((int)buckets, (int)names, cursor.Position);
        cursor.Skip((buckets + (ulong)names) * 4 + 2UL * names * (ulong)_offsetSize);
        _entries = cursor.Position + (int)abbreviations;
        ReadAbbreviations(new ByteCursor(file.Names, cursor.Position, _entries));
        CheckNames();
        CheckEntries();
        cursor.Position = _end;
    }

    /// <summary>Whether LLVM made it, which has all types and variables in it.</summary>
    public bool IsByLlvm { get; }

    /// <summary>The units that it is an index of.</summary>
    public IReadOnlyList<DwarfUnit> Units => _units;

    /// <summary>Reads the head of the table at the cursor, and goes behind it.</summary>
    /// <exception cref="DwarfException">It is damaged.</exception>
    public static DebugNamesTable Read(DwarfFile file, ref ByteCursor cursor) => new(file, ref cursor);

    /// <summary>The entries of a name, and what each is said to describe.</summary>
    /// <exception cref="DwarfException">The table is damaged.</exception>
    public List<(DieReference Die, DwarfTag Tag)> Find(ReadOnlySpan<byte> name)
    {
        var found = new List<(DieReference, DwarfTag)>();
        if (_names == 0)
            return found;
        var hash = HashOf(name);
        var bucket = hash % (uint)_buckets;
        // Names are numbered from 1 on; 0 is an empty bucket.
        for (var i = (long)Word(_bucketsAt, (int)bucket) - 1; i >= 0 && i < _names; i++)
        {
            var other = Hash((int)i);
            if (other % (uint)_buckets != bucket)
                break;
            if (other == hash && _file.Str.TextAt(StringOf((int)i)).SequenceEqual(name))
                ReadEntries(EntriesOf((int)i), found);
        }
        return found;
    }

    /// <summary>The hash of DWARF 5, 7.33, by D. J. Bernstein; capitals count as small letters.</summary>
    private static uint HashOf(ReadOnlySpan<byte> name)
    {
        var hash = 5381u;
        foreach (var letter in name)
            hash = hash * 33 + (letter is >= (byte)'A' and <= (byte)'Z' ? (byte)(letter + 32) : letter);
        return hash;
    }

    private int HashesAt => _bucketsAt + 4 * _buckets;

    private uint Hash(int name) => Word(HashesAt, name);

    private ulong StringOf(int name) => Offset(HashesAt + 4 * _names, name);

    private ulong EntriesOf(int name) => Offset(HashesAt + (4 + _offsetSize) * _names, name);

    private uint Word(int start, int index) => BinaryPrimitives.ReadUInt32LittleEndian(_file.Names.Data[(start + 4 * index)..]);

    private ulong Offset(int start, int index) => DwarfUnit.Entry(_file.Names, (ulong)start, (ulong)index, _offsetSize);

    private DwarfUnit? UnitAt(ref ByteCursor cursor) =>
        cursor.ReadUnsigned(_offsetSize) is var offset && _file.UnitAt(offset) is { Problem: null } unit
            && (ulong)unit.Offset == offset ? unit : null;

    private void ReadAbbreviations(ByteCursor cursor)
    {
        while (!cursor.AtEnd && cursor.ReadUleb() is var code and not 0)
        {
            var tag = (DwarfTag)Math.Min(cursor.ReadUleb(), ushort.MaxValue);
            var attributes = new List<(ulong, DwarfForm)>();
            while (true)
            {
                var (index, form) = (cursor.ReadUleb(), (DwarfForm)Math.Min(cursor.ReadUleb(), ushort.MaxValue));
                if (index == 0 && form == DwarfForm.None)
                    break;
                attributes.Add((index, form));
            }
            _abbreviations[code] = (tag, [.. attributes]);
        }
    }

    /// <summary>Every name must be where its hash leads to: else one that is there would not be found.</summary>
    private void CheckNames()
    {
        var bucket = -1L;
        for (var i = 0; i < _names; i++)
        {
            var hash = Hash(i);
            var name = _file.Str.TextAt(StringOf(i));
            if (hash != HashOf(name) && IsAscii(name))
                throw new DwarfException(_file.Names.Name, HashesAt + 4 * i, "a name with another one's hash");
            var own = hash % (uint)_buckets;
            if (own < bucket || (own > bucket && Word(_bucketsAt, (int)own) != i + 1))
                throw new DwarfException(_file.Names.Name, _bucketsAt + 4 * own, "a name that its hash doesn't lead to");
            bucket = own;
        }
    }

    /// <summary>LLVM writes one name's entries after the other's: where they don't, some would not be found.</summary>
    private void CheckEntries()
    {
        if (!IsByLlvm)
            return;
        var starts = new ulong[_names];
        for (var i = 0; i < _names; i++)
            starts[i] = EntriesOf(i);
        Array.Sort(starts);
        var found = new List<(DieReference, DwarfTag)>();
        var reached = 0;
        foreach (var start in starts)
        {
            if (start != (ulong)reached)
                throw new DwarfException(_file.Names.Name, _entries + reached, "entries that no name leads to");
            found.Clear();
            reached = ReadEntries(start, found) - _entries;
        }
    }

    private static bool IsAscii(ReadOnlySpan<byte> name) => System.Text.Ascii.IsValid(name);

    /// <summary>Appends the entries at an offset; returns where they end in the section.</summary>
    private int ReadEntries(ulong offset, List<(DieReference, DwarfTag)> found)
    {
        var cursor = new ByteCursor(_file.Names, _entries + (long)Math.Min(offset, int.MaxValue), _end);
        while (cursor.ReadUleb() is var code and not 0)
        {
            if (!_abbreviations.TryGetValue(code, out var shape))
                cursor.Fail(cursor.Position, $"an entry with the abbreviation {code}, which the table doesn't have");
            ulong unit = 0, die = 0;
            var isType = false;
            foreach (var (index, form) in shape.Attributes)
            {
                var value = ReadNumber(ref cursor, form);
                switch (index)
                {
                    case IndexCompileUnit:
                        unit = value;
                        break;
                    case IndexTypeUnit:
                        (unit, isType) = (value, true);
                        break;
                    case IndexDieOffset:
                        die = value;
                        break;
                }
            }
            // Beyond the local type units come those of other files.
            if (isType && unit >= (ulong)_typeUnits.Length)
                continue;
            if (unit >= (ulong)(isType ? _typeUnits.Length : _units.Length))
                cursor.Fail(cursor.Position, $"an entry in the unit {unit}, which the table doesn't have");
            if ((isType ? _typeUnits[unit] : _units[unit]) is not { } owner)
                continue;
            if (die >= (ulong)(owner.End - owner.Offset))
                cursor.Fail(cursor.Position, "an entry beyond its unit's end");
            found.Add((new DieReference(owner, owner.Offset + (int)die), shape.Tag));
        }
        return cursor.Position;
    }

    private static ulong ReadNumber(ref ByteCursor cursor, DwarfForm form)
    {
        switch (form)
        {
            case DwarfForm.FlagPresent:
                return 1;
            case DwarfForm.Data1 or DwarfForm.Ref1 or DwarfForm.Flag:
                return cursor.ReadByte();
            case DwarfForm.Data2 or DwarfForm.Ref2:
                return cursor.ReadUInt16();
            case DwarfForm.Data4 or DwarfForm.Ref4:
                return cursor.ReadUInt32();
            case DwarfForm.Data8 or DwarfForm.Ref8 or DwarfForm.RefSig8:
                return cursor.ReadUInt64();
            case DwarfForm.Udata or DwarfForm.RefUdata:
                return cursor.ReadUleb();
            case DwarfForm.Sdata:
                return (ulong)cursor.ReadSleb();
            default:
                cursor.Fail(cursor.Position, $"an attribute of the form {form} in the index of names");
                return 0;
        }
    }
}

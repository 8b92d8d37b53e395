using System.Runtime.CompilerServices;

namespace Panicle.Symbols.Dwarf;

/// <summary>One attribute of an abbreviation: what it says and how it is stored.</summary>
/// <param name="Name">What it says.</param>
/// <param name="Form">How it is stored.</param>
/// <param name="ConstantAt">For <see cref="DwarfForm.ImplicitConst"/>: where its value lies in <c>.debug_abbrev</c>.</param>
internal readonly record struct AttributeSpec(DwarfAttribute Name, DwarfForm Form, int ConstantAt);

/// <summary>The shape that entries share: their tag, whether children follow, and their attributes.</summary>
/// <param name="Code">The number by which entries name it.</param>
/// <param name="Tag">What such an entry describes.</param>
/// <param name="HasChildren">Whether children follow each such entry.</param>
/// <param name="First">The first of its attributes in the table's list.</param>
/// <param name="Count">The number of its attributes.</param>
/// <param name="FixedSize">The size of all its attributes in bytes, or −1 if it depends on their data.</param>
internal readonly record struct Abbreviation(ulong Code, DwarfTag Tag, bool HasChildren, int First, int Count, int FixedSize);

/// <summary>The abbreviations of a unit (DWARF 5, 7.5.3): two flat arrays, found by code. Immutable.</summary>
internal sealed class AbbreviationTable
{
    private readonly Abbreviation[] _abbreviations;
    private readonly AttributeSpec[] _attributes;
    private readonly Dictionary<ulong, int>? _byCode;

    private AbbreviationTable(Abbreviation[] abbreviations, AttributeSpec[] attributes, Dictionary<ulong, int>? byCode)
    {
        _abbreviations = abbreviations;
        _attributes = attributes;
        _byCode = byCode;
    }

    /// <summary>Reads the table at an offset of <c>.debug_abbrev</c> for units with these sizes.</summary>
    /// <exception cref="DwarfException">It is damaged.</exception>
    public static AbbreviationTable Read(DwarfSection section, ulong offset, int addressSize, int offsetSize, int version)
    {
        var cursor = new ByteCursor(section, (long)offset);
        var abbreviations = new List<Abbreviation>(128);
        var attributes = new List<AttributeSpec>(1024);
        var isDense = true;
        while (!cursor.AtEnd && cursor.ReadUleb() is var code and not 0)
        {
            var tag = Narrow(ref cursor);
            var hasChildren = cursor.ReadByte() != 0;
            var first = attributes.Count;
            var size = 0;
            while (true)
            {
                var name = Narrow(ref cursor);
                var form = (DwarfForm)Narrow(ref cursor);
                if (name == 0 && form == 0)
                    break;
                attributes.Add(new((DwarfAttribute)name, form, cursor.Position));
                if (form == DwarfForm.ImplicitConst)
                    cursor.SkipLeb();
                var one = FormSize.Of(form, addressSize, offsetSize, version);
                size = size < 0 || one < 0 ? -1 : size + one;
            }
            isDense &= code == (ulong)abbreviations.Count + 1;
            abbreviations.Add(new(code, (DwarfTag)tag, hasChildren, first, attributes.Count - first, size));
        }
        return new([.. abbreviations], [.. attributes], isDense ? null : IndexCodes(abbreviations));
    }

    /// <summary>The abbreviation with a code, which must not be 0.</summary>
    /// <returns>False if the table has none.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryGet(ulong code, out Abbreviation abbreviation)
    {
        // Compilers number from 1 on, without gaps.
        var index = _byCode is null ? code - 1 : Search(code);
        if (index >= (ulong)_abbreviations.Length)
        {
            abbreviation = default;
            return false;
        }
        abbreviation = _abbreviations[index];
        return true;
    }

    /// <summary>An abbreviation's attributes in the order in which their data lies.</summary>
    public ReadOnlySpan<AttributeSpec> AttributesOf(scoped in Abbreviation abbreviation) =>
        _attributes.AsSpan(abbreviation.First, abbreviation.Count);

    private ulong Search(ulong code) => _byCode!.TryGetValue(code, out var index) ? (ulong)index : ulong.MaxValue;

    private static Dictionary<ulong, int> IndexCodes(List<Abbreviation> abbreviations)
    {
        var index = new Dictionary<ulong, int>(abbreviations.Count);
        for (var i = 0; i < abbreviations.Count; i++)
            index.TryAdd(abbreviations[i].Code, i);
        return index;
    }

    /// <summary>A tag, attribute or form; none has a number beyond 16 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ushort Narrow(ref ByteCursor cursor)
    {
        var at = cursor.Position;
        var number = cursor.ReadUleb();
        if (number > ushort.MaxValue)
            cursor.Fail(at, $"an abbreviation with the number 0x{number:x} in place of a tag, attribute or form");
        return (ushort)number;
    }
}

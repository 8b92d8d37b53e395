using System.Runtime.CompilerServices;

namespace Panicle.Symbols.Dwarf;

/// <summary>
/// Walks over the entries of a unit in the order in which they lie: an entry, then its children, then its next sibling. Allocates
/// nothing; an entry that is passed over costs little more than its abbreviation.
/// <code>
/// var die = new DieCursor(unit, unit.FirstDie);
/// while (die.Read())
///     if (die.Tag == DwarfTag.Subprogram) { … die.Get(DwarfAttribute.Name).Text … }
///     else die.SkipChildren();
/// </code>
/// </summary>
internal ref struct DieCursor
{
    private readonly AbbreviationTable _abbreviations;
    private ByteCursor _bytes;
    private Abbreviation _abbreviation;
    private int _attributes;
    private bool _isBeforeAttributes;
    private int _nextDepth;

    /// <summary>Stands before the entry at an offset of the unit's section.</summary>
    /// <exception cref="DwarfException">The unit can't be read, or the offset lies outside.</exception>
    public DieCursor(DwarfUnit unit, int offset) : this(unit, offset, unit.Abbreviations)
    {
    }

    /// <summary>
    /// Stands before the entry at an offset of the unit's section; the unit's abbreviations have been read already.
    /// </summary>
    /// <exception cref="DwarfException">The offset lies outside.</exception>
    public DieCursor(DwarfUnit unit, int offset, AbbreviationTable abbreviations)
    {
        Unit = unit;
        _abbreviations = abbreviations;
        _bytes = new ByteCursor(unit.Section, offset, unit.End);
        if (offset < unit.FirstDie)
            throw new DwarfException(unit.Section.Name, offset, "an entry outside its unit");
    }

    public DwarfUnit Unit { get; }

    /// <summary>The offset of the entry in the unit's section.</summary>
    public int Offset { get; private set; }

    /// <summary>How deep below the first entry that was read this one is: 0 for that one and its siblings.</summary>
    public int Depth { get; private set; }

    /// <summary>What the entry describes.</summary>
    public readonly DwarfTag Tag => _abbreviation.Tag;

    public readonly bool HasChildren => _abbreviation.HasChildren;

    /// <summary>The entry, to come back to.</summary>
    public readonly DieReference Reference => new(Unit, Offset);

    /// <summary>Reads the next entry. False at the end of the unit, or of the siblings of the first entry.</summary>
    /// <exception cref="DwarfException">The unit is damaged here.</exception>
    public bool Read()
    {
        SkipAttributes();
        while (!_bytes.AtEnd)
        {
            var offset = _bytes.Position;
            var code = _bytes.ReadUleb();
            if (code == 0)
            {
                if (--_nextDepth < 0)
                    break;
                continue;
            }
            if (!_abbreviations.TryGet(code, out _abbreviation))
                _bytes.Fail(offset, $"an entry with the abbreviation {code}, which the unit doesn't have");
            (Offset, Depth) = (offset, _nextDepth);
            _attributes = _bytes.Position;
            _isBeforeAttributes = true;
            if (_abbreviation.HasChildren)
                _nextDepth++;
            return true;
        }
        _abbreviation = default;
        return false;
    }

    /// <summary>Passes over the entry's children: the next one that is read is its sibling.</summary>
    /// <exception cref="DwarfException">The unit is damaged here.</exception>
    public void SkipChildren()
    {
        if (_nextDepth <= Depth || !_abbreviation.HasChildren)
            return;
        if (Get(DwarfAttribute.Sibling) is { Exists: true, Form: not DwarfForm.RefAddr } sibling
            && sibling.Reference is var (unit, offset) && unit == Unit && offset > _bytes.Position)
        {
            _bytes.Position = offset;
            _nextDepth = Depth;
            _isBeforeAttributes = false;
            return;
        }
        SkipToSibling();
    }

    /// <summary>An attribute of the entry; one that doesn't <see cref="AttributeValue.Exists"/> if it hasn't got it.</summary>
    /// <exception cref="DwarfException">The unit is damaged here.</exception>
    public readonly AttributeValue Get(DwarfAttribute name)
    {
        var bytes = _bytes;
        bytes.Position = _attributes;
        foreach (ref readonly var spec in _abbreviations.AttributesOf(_abbreviation))
        {
            if (spec.Name == name)
                return AttributeReader.Read(ref bytes, spec, Unit);
            AttributeReader.Skip(ref bytes, spec.Form, Unit);
        }
        return default;
    }

    /// <summary>Whether the entry has an attribute; its data isn't looked at.</summary>
    public readonly bool Has(DwarfAttribute name)
    {
        foreach (ref readonly var spec in _abbreviations.AttributesOf(_abbreviation))
            if (spec.Name == name)
                return true;
        return false;
    }

    /// <summary>All attributes of the entry, in one pass: <c>foreach (var (name, value) in die.Attributes)</c>.</summary>
    public readonly AttributeEnumerator Attributes => new(Unit, _abbreviations.AttributesOf(_abbreviation), _bytes, _attributes);

    /// <summary>Passes over what is left of the entry's own data.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void SkipAttributes()
    {
        if (!_isBeforeAttributes)
            return;
        _isBeforeAttributes = false;
        if (_abbreviation.FixedSize >= 0)
            _bytes.Skip((ulong)_abbreviation.FixedSize);
        else
            foreach (ref readonly var spec in _abbreviations.AttributesOf(_abbreviation))
                AttributeReader.Skip(ref _bytes, spec.Form, Unit);
    }

    private void SkipToSibling()
    {
        var (abbreviation, attributes) = (_abbreviation, _attributes);
        SkipAttributes();
        while (_nextDepth > Depth)
        {
            if (_bytes.AtEnd)
                break;
            var code = _bytes.ReadUleb();
            if (code == 0)
            {
                _nextDepth--;
                continue;
            }
            if (!_abbreviations.TryGet(code, out _abbreviation))
                _bytes.Fail(_bytes.Position, $"an entry with the abbreviation {code}, which the unit doesn't have");
            if (_abbreviation.HasChildren)
                _nextDepth++;
            _isBeforeAttributes = true;
            SkipAttributes();
        }
        (_abbreviation, _attributes) = (abbreviation, attributes);
    }

    /// <summary>Enumerates an entry's attributes.</summary>
    internal ref struct AttributeEnumerator
    {
        private readonly DwarfUnit _unit;
        private readonly ReadOnlySpan<AttributeSpec> _specs;
        private ByteCursor _bytes;
        private int _next;

        public AttributeEnumerator(DwarfUnit unit, ReadOnlySpan<AttributeSpec> specs, ByteCursor bytes, int position)
        {
            _unit = unit;
            _specs = specs;
            _bytes = bytes;
            _bytes.Position = position;
        }

        public (DwarfAttribute Name, AttributeValue Value) Current { get; private set; }

        public readonly AttributeEnumerator GetEnumerator() => this;

        public bool MoveNext()
        {
            if (_next == _specs.Length)
                return false;
            ref readonly var spec = ref _specs[_next++];
            Current = (spec.Name, AttributeReader.Read(ref _bytes, spec, _unit));
            return true;
        }
    }
}

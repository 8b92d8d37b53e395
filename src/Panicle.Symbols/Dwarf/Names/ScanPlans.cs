namespace Panicle.Symbols.Dwarf;

/// <summary>
/// The plans for all abbreviations of a unit, made in one pass over its part of <c>.debug_abbrev</c>. One object serves unit
/// after unit. Not thread-safe.
/// </summary>
internal sealed class ScanPlans
{
    private ScanPlan[] _plans = new ScanPlan[512];
    private int _count;
    private sbyte[] _sizes = [];
    private (int Address, int Offset, int Version) _sizesOf;

    /// <summary>Makes the plans of a unit.</summary>
    /// <returns>False if its abbreviations aren't numbered from 1 on without gaps: there are no plans then.</returns>
    /// <exception cref="DwarfException">The abbreviations are damaged.</exception>
    public bool TryRead(DwarfUnit unit)
    {
        UseSizesOf(unit);
        _count = 0;
        var cursor = new ByteCursor(unit.File.Abbrev, (long)unit.AbbreviationOffset);
        while (!cursor.AtEnd && cursor.ReadUleb() is var code and not 0)
        {
            if (code != (ulong)++_count)
                return false;
            if (_count >= _plans.Length)
                Array.Resize(ref _plans, _plans.Length * 2);
            Read(ref cursor, out _plans[_count]);
        }
        return true;
    }

    /// <summary>The plan of an abbreviation by its number.</summary>
    /// <exception cref="DwarfException">The unit doesn't have it.</exception>
    public ref readonly ScanPlan this[ulong code, DwarfUnit unit, int offset]
    {
        get
        {
            if (code - 1 >= (ulong)_count)
                throw new DwarfException(
                    unit.Section.Name, offset, $"an entry with the abbreviation {code}, which the unit doesn't have");
            return ref _plans[code];
        }
    }

    private void Read(ref ByteCursor cursor, out ScanPlan plan)
    {
        plan = new ScanPlan { Tag = (DwarfTag)AbbreviationTable.Narrow(ref cursor), IsSimple = true };
        plan.Kind = NameScan.KindOf(plan.Tag);
        plan.HasChildren = cursor.ReadByte() != 0;
        while (true)
        {
            var name = (DwarfAttribute)AbbreviationTable.Narrow(ref cursor);
            var form = (DwarfForm)AbbreviationTable.Narrow(ref cursor);
            if (name == 0 && form == 0)
                break;
            var constant = form == DwarfForm.ImplicitConst ? cursor.ReadSleb() : 0;
            Add(ref plan, name, form, SizeOf(form), constant);
        }
        plan.IsSimple &= plan.HasKnownSize && plan.HasName == plan.HasKnownName && (!plan.HasChildren || plan.Sibling.Exists);
    }

    private static void Add(ref ScanPlan plan, DwarfAttribute name, DwarfForm form, int size, long constant)
    {
        var isAfter = plan.Variable != ScanVariable.None;
        if (size < 0)
        {
            if (isAfter || VariableOf(form) is not (var variable and not ScanVariable.None))
                plan.Size = ScanPlan.UnknownSize; // What follows isn't at a known place.
            else
                (plan.Variable, plan.VariableAt) = (variable, plan.Size);
        }
        switch (name)
        {
            case DwarfAttribute.Name:
                plan.HasName = true;
                plan.HasKnownName = plan.HasKnownSize && form is DwarfForm.Strp or DwarfForm.String;
                if (form == DwarfForm.Strp)
                    plan.Name = new(plan.Size, isAfter, size);
                break;
            case DwarfAttribute.ByteSize:
                plan.IsSimple &= TryNumber(plan, form, size, constant, out plan.ByteSize);
                break;
            case DwarfAttribute.DeclLine:
                plan.IsSimple &= TryNumber(plan, form, size, constant, out plan.Line);
                break;
            case DwarfAttribute.Language:
                TryNumber(plan, form, size, constant, out plan.Language);
                break;
            case DwarfAttribute.Sibling when form == DwarfForm.Ref4:
                plan.Sibling = new(plan.Size, isAfter, size);
                break;
            case DwarfAttribute.Specification when form == DwarfForm.Ref4:
                plan.Specification = new(plan.Size, isAfter, size);
                break;
            case DwarfAttribute.Sibling or DwarfAttribute.Specification:
                plan.IsSimple = false;
                break;
            case DwarfAttribute.Location:
                plan.HasLocation = plan.Variable == ScanVariable.Block && !isAfter;
                break;
            case DwarfAttribute.Declaration when form == DwarfForm.FlagPresent:
                plan.Kind = plan.Kind == NameKind.Variable ? NameKind.DeclaredVariable : NameKind.None;
                break;
            case DwarfAttribute.Declaration:
                plan.IsSimple = false;
                break;
        }
        plan.Size = Math.Min(plan.Size + Math.Max(size, 0), ScanPlan.UnknownSize);
    }

    private static bool TryNumber(in ScanPlan plan, DwarfForm form, int size, long constant, out ScanField field)
    {
        field = form == DwarfForm.ImplicitConst ? new((ulong)constant) : new(plan.Size, plan.Variable != ScanVariable.None, size);
        return form is DwarfForm.Data1 or DwarfForm.Data2 or DwarfForm.Data4 or DwarfForm.Data8 or DwarfForm.ImplicitConst;
    }

    private static ScanVariable VariableOf(DwarfForm form) => form switch
    {
        DwarfForm.Exprloc or DwarfForm.Block or DwarfForm.Block1 => ScanVariable.Block,
        DwarfForm.String => ScanVariable.Text,
        DwarfForm.Udata or DwarfForm.Sdata or DwarfForm.RefUdata or DwarfForm.Loclistx or DwarfForm.Rnglistx => ScanVariable.Leb,
        _ => ScanVariable.None,
    };

    private int SizeOf(DwarfForm form) => (uint)form < (uint)_sizes.Length
        ? _sizes[(int)form]
        : FormSize.Of(form, _sizesOf.Address, _sizesOf.Offset, _sizesOf.Version);

    private void UseSizesOf(DwarfUnit unit)
    {
        if (_sizesOf == (unit.AddressSize, unit.OffsetSize, unit.Version))
            return;
        _sizesOf = (unit.AddressSize, unit.OffsetSize, unit.Version);
        _sizes = new sbyte[(int)DwarfForm.Addrx4 + 1];
        for (var form = 0; form < _sizes.Length; form++)
            _sizes[form] = (sbyte)FormSize.Of((DwarfForm)form, unit.AddressSize, unit.OffsetSize, unit.Version);
    }
}

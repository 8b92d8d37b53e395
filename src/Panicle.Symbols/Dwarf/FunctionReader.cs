namespace Panicle.Symbols.Dwarf;

/// <summary>Collects the functions of a unit, and what is inlined into them, in one walk over its entries.</summary>
internal ref struct FunctionReader(DwarfUnit unit)
{
    private const int LanguageAssembler = 0x8001;

    private readonly List<CodeRange> _found = [];

    // The function that each depth of the walk is in.
    private readonly List<int> _enclosing = [];

    /// <summary>The functions; one that stands by itself comes before those inlined into it.</summary>
    public List<FunctionNode> Nodes { get; } = [];

    /// <summary>The addresses that each covers.</summary>
    public List<OwnedRange> Ranges { get; } = [];

    /// <summary>Walks over the unit.</summary>
    /// <exception cref="DwarfException">The unit is damaged.</exception>
    public void Read()
    {
        var hasFunctionsInTypes = !IsC(unit.Root.Language);
        var die = unit.Open();
        if (!die.Read())
            return;
        while (die.Read())
        {
            if (die.Depth < 1)
                break;
            switch (die.Tag)
            {
                case DwarfTag.Subprogram or DwarfTag.InlinedSubroutine or DwarfTag.EntryPoint:
                    if (!Add(ref die))
                        die.SkipChildren();
                    break;
                case DwarfTag.LexicalBlock or DwarfTag.Namespace or DwarfTag.Module or DwarfTag.CommonBlock:
                    Enter(die.Depth, Enclosing(die.Depth));
                    break;
                case DwarfTag.StructureType or DwarfTag.ClassType or DwarfTag.UnionType or DwarfTag.EnumerationType
                    or DwarfTag.InterfaceType or DwarfTag.VariantPart or DwarfTag.Variant when hasFunctionsInTypes:
                    Enter(die.Depth, Enclosing(die.Depth));
                    break;
                default:
                    die.SkipChildren();
                    break;
            }
        }
    }

    /// <summary>Takes in a function if it has code.</summary>
    private bool Add(ref DieCursor die)
    {
        AttributeValue low = default, high = default, list = default;
        uint callFile = 0, callLine = 0;
        foreach (var (name, value) in die.Attributes)
            switch (name)
            {
                case DwarfAttribute.LowPc:
                    low = value;
                    break;
                case DwarfAttribute.HighPc:
                    high = value;
                    break;
                case DwarfAttribute.Ranges:
                    list = value;
                    break;
                case DwarfAttribute.CallFile:
                    callFile = (uint)Math.Min(value.Raw, uint.MaxValue);
                    break;
                case DwarfAttribute.CallLine:
                    callLine = (uint)Math.Min(value.Raw, uint.MaxValue);
                    break;
            }
        if (!low.Exists && !list.Exists)
            return false;

        var isInlined = die.Tag == DwarfTag.InlinedSubroutine;
        var index = Nodes.Count;
        Nodes.Add(new(die.Offset, isInlined ? Enclosing(die.Depth) : -1, callFile, callLine));
        _found.Clear();
        RangeLists.Add(unit, low, high, list, _found);
        foreach (var range in _found)
            Ranges.Add(new(range.Start, range.End, die.Depth, index));
        Enter(die.Depth, index);
        return true;
    }

    private readonly int Enclosing(int depth) => depth >= 1 && depth <= _enclosing.Count ? _enclosing[depth - 1] : -1;

    private readonly void Enter(int depth, int function)
    {
        while (_enclosing.Count <= depth)
            _enclosing.Add(-1);
        _enclosing[depth] = function;
    }

    /// <summary>C89, C, C99, C11, C17 and assembler: no function is inside a type.</summary>
    private static bool IsC(int language) => language is 0x01 or 0x02 or 0x0c or 0x1d or 0x2c or LanguageAssembler;
}

namespace Panicle.Symbols.Dwarf;

/// <summary>The lengths of an array, one for each dimension; 0 where it isn't said or depends on a variable.</summary>
internal static class ArrayBounds
{
    private const int MostDimensions = 64;

    public static ulong[] Read(DieReference array)
    {
        var counts = new List<ulong>(1);
        var die = array.Open();
        while (die.Read() && die.Depth >= 1 && counts.Count < MostDimensions)
        {
            if (die.Tag == DwarfTag.SubrangeType)
                counts.Add(CountOf(die));
            else if (die.Tag == DwarfTag.EnumerationType)
                counts.Add(0);
            die.SkipChildren();
        }
        return counts.Count == 0 ? [0] : [.. counts];
    }

    private static ulong CountOf(scoped in DieCursor die)
    {
        if (die.Get(DwarfAttribute.Count) is { IsConstant: true } count)
            return count.Raw;
        if (die.Get(DwarfAttribute.UpperBound) is not { IsConstant: true } last)
            return 0;
        // The bound of an array without elements is −1, in whatever size.
        var isMinusOne = last.Form switch
        {
            DwarfForm.Data4 => last.Raw == uint.MaxValue,
            _ => last.Raw == ulong.MaxValue,
        };
        return isMinusOne ? 0 : last.Raw + 1;
    }
}

namespace Panicle.Symbols.Dwarf;

/// <summary>The bytes of an expression.</summary>
/// <param name="Section">The section that they are in.</param>
/// <param name="Start">Where they begin in it.</param>
/// <param name="Length">How many they are.</param>
internal readonly record struct ExpressionBlock(DwarfSection Section, int Start, int Length)
{
    /// <summary>The expression that an attribute holds.</summary>
    public static ExpressionBlock Of(in AttributeValue value) => new(value.Unit.Section, (int)value.Raw, value.Length);
}

namespace Panicle.Symbols.Dwarf;

/// <summary>C's <c>void</c>, which DWARF says by leaving the type out.</summary>
internal sealed class DwarfVoid(TypeOrigin origin) : KernelType
{
    public override TypeKind Kind => TypeKind.Void;

    public override string Name => "void";

    public override ulong Size => 0;

    public override TypeOrigin Origin => origin;
}

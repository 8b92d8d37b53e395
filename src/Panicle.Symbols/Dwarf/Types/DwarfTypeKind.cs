namespace Panicle.Symbols.Dwarf;

/// <summary>What DWARF's tags and encodings (DW_ATE_…) are as types of C.</summary>
internal static class DwarfTypeKind
{
    public const int Boolean = 2;
    public const int ComplexFloat = 3;
    public const int Float = 4;
    public const int Signed = 5;
    public const int SignedChar = 6;
    public const int Unsigned = 7;
    public const int UnsignedChar = 8;
    public const int Utf = 0x10;

    public static TypeKind Of(DwarfTag tag, int encoding) => tag switch
    {
        DwarfTag.BaseType => encoding is Float or ComplexFloat ? TypeKind.Float : TypeKind.Int,
        DwarfTag.PointerType or DwarfTag.ReferenceType or DwarfTag.RvalueReferenceType => TypeKind.Pointer,
        DwarfTag.ArrayType => TypeKind.Array,
        DwarfTag.StructureType or DwarfTag.ClassType => TypeKind.Struct,
        DwarfTag.UnionType => TypeKind.Union,
        DwarfTag.EnumerationType => TypeKind.Enum,
        DwarfTag.Typedef or DwarfTag.TemplateAlias => TypeKind.Typedef,
        DwarfTag.ConstType or DwarfTag.VolatileType or DwarfTag.RestrictType or DwarfTag.AtomicType or DwarfTag.ImmutableType =>
            TypeKind.Qualifier,
        DwarfTag.SubroutineType or DwarfTag.Subprogram => TypeKind.Function,
        _ => TypeKind.Void,
    };

    public static string Qualifier(DwarfTag tag) => tag switch
    {
        DwarfTag.VolatileType => "volatile",
        DwarfTag.RestrictType => "restrict",
        DwarfTag.AtomicType => "_Atomic",
        _ => "const",
    };
}

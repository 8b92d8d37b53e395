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
        DwarfTag.ConstType or DwarfTag.VolatileType or DwarfTag.RestrictType or DwarfTag.AtomicType or DwarfTag.ImmutableType => TypeKind.Qualifier,
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

    /// <summary>A type's size through typedefs, qualifiers and arrays, which state none. Cycles and overflows give 0.</summary>
    public static ulong SizeOf(KernelType type, int depth)
    {
        var elements = 1UL;
        for (; depth > 0; depth--)
        {
            switch (type.Kind)
            {
                case TypeKind.Pointer or TypeKind.Int or TypeKind.Float or TypeKind.Struct or TypeKind.Union or TypeKind.Enum:
                    return Times(elements, type is DwarfType known ? known.OwnSize : type.Size);
                case TypeKind.Array:
                    elements = Times(elements, type.Count);
                    break;
                case TypeKind.Typedef or TypeKind.Qualifier:
                    break;
                default:
                    return 0;
            }
            if (type.Target is not { } target)
                return 0;
            type = target;
        }
        return 0;
    }

    private static ulong Times(ulong count, ulong size) => Math.BigMul(count, size, out var product) == 0 ? product : 0;
}

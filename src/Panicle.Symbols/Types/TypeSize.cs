namespace Panicle.Symbols.Types;

/// <summary>
/// Works out a type's size through typedefs, qualifiers and arrays, which state none. Cycles and overflows give 0.
/// </summary>
internal static class TypeSize
{
    public static ulong Of(KernelType type, int depth)
    {
        var elements = 1UL;
        for (; depth > 0; depth--)
        {
            switch (type.Kind)
            {
                case TypeKind.Pointer or TypeKind.Int or TypeKind.Float or TypeKind.Struct or TypeKind.Union or TypeKind.Enum:
                    return Times(elements, type.StatedSize);
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

namespace Panicle.Symbols.Btf;

/// <summary>Works out a type's size through typedefs, qualifiers and arrays, which state none. Cycles and overflows give 0.</summary>
internal static class BtfSize
{
    private const ulong PointerBytes = 8;

    public static ulong Of(KernelType type, int depth)
    {
        var elements = 1UL;
        for (; depth > 0; depth--)
        {
            switch (type.Kind)
            {
                case TypeKind.Pointer:
                    return Times(elements, PointerBytes);
                case TypeKind.Int or TypeKind.Float or TypeKind.Struct or TypeKind.Union or TypeKind.Enum:
                    return Times(elements, type is BtfType known ? known.OwnSize : type.Size);
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

    private static ulong Times(ulong count, ulong size)
    {
        var high = Math.BigMul(count, size, out var product);
        return high == 0 ? product : 0;
    }
}

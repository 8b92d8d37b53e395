namespace Panicle.Symbols;

/// <summary>
/// The many spellings of C's integers: people write <c>unsigned long</c>, gcc's debug information says <c>long unsigned int</c>,
/// clang's <c>unsigned long</c>.
/// </summary>
internal static class IntegerSpelling
{
    // Short spelling, gcc's spelling, size on the 64-bit machines that Linux runs on, signed.
    private static readonly (string Short, string Gcc, ulong Size, bool IsSigned)[] Known =
    [
        ("char", "char", 1, true),
        ("signed char", "signed char", 1, true),
        ("unsigned char", "unsigned char", 1, false),
        ("short", "short int", 2, true),
        ("unsigned short", "short unsigned int", 2, false),
        ("int", "int", 4, true),
        ("unsigned int", "unsigned int", 4, false),
        ("long", "long int", 8, true),
        ("unsigned long", "long unsigned int", 8, false),
        ("long long", "long long int", 8, true),
        ("unsigned long long", "long long unsigned int", 8, false),
        ("_Bool", "_Bool", 1, false),
    ];

    /// <summary>Whether a word can be part of an integer's name.</summary>
    public static bool IsWord(string word) => word is "unsigned" or "signed" or "char" or "short" or "int" or "long";

    /// <summary>The short spelling for gcc's; other names unchanged.</summary>
    public static string Shorten(string name)
    {
        foreach (var known in Known)
            if (known.Gcc == name)
                return known.Short;
        return name;
    }

    /// <summary>The short spelling of any order of an integer's words; null if they name none.</summary>
    public static string? Normalize(IReadOnlyList<string> words)
    {
        int longs = 0, shorts = 0, chars = 0;
        bool isUnsigned = false, isSigned = false;
        foreach (var word in words)
        {
            longs += word == "long" ? 1 : 0;
            shorts += word == "short" ? 1 : 0;
            chars += word == "char" ? 1 : 0;
            isUnsigned |= word == "unsigned";
            isSigned |= word == "signed";
        }
        if ((isUnsigned && isSigned) || shorts + chars > 1 || longs > 2 || (longs > 0 && shorts + chars > 0))
            return null;
        var prefix = isUnsigned ? "unsigned " : "";
        return (longs, shorts, chars) switch
        {
            (0, 0, 1) => isSigned ? "signed char" : prefix + "char",
            (0, 1, 0) => prefix + "short",
            (1, _, _) => prefix + "long",
            (2, _, _) => prefix + "long long",
            _ => prefix + "int",
        };
    }

    /// <summary>Both spellings to look for, given the short one.</summary>
    public static IEnumerable<string> Spellings(string name)
    {
        yield return name;
        foreach (var known in Known)
            if (known.Short == name && known.Gcc != name)
                yield return known.Gcc;
    }

    /// <summary>The type as C itself has it on 64-bit Linux, for when no source knows it.</summary>
    public static KernelType? BuiltIn(string name)
    {
        foreach (var known in Known)
            if (known.Short == name)
                return new SyntheticInt(known.Short, known.Size, known.IsSigned);
        return null;
    }
}

using System.Text;

namespace Panicle.Symbols;

/// <summary>Writes declarations as C has them, inside out: <c>int (*open)(struct inode *, struct file *)</c>.</summary>
internal static class TypeDeclaration
{
    private const int MaxDepth = 64;

    // A function that takes functions that take functions: damaged type data could make this explode.
    private const int MaxLength = 4096;

    /// <param name="type">The type.</param>
    /// <param name="declarator">What is declared; empty for the bare type.</param>
    public static string Of(KernelType type, string declarator) => Of(type, declarator, 0);

    private static string Of(KernelType type, string declarator, int depth)
    {
        if (depth > MaxDepth || declarator.Length > MaxLength)
            return Join("...", declarator);
        switch (type.Kind)
        {
            case TypeKind.Pointer:
                var target = type.Target ?? SyntheticVoid.Instance;
                var needsParentheses = target.StripQualifiers().Kind is TypeKind.Array or TypeKind.Function;
                return Of(target, needsParentheses ? $"(*{declarator})" : $"*{declarator}", depth + 1);
            case TypeKind.Array:
                return Of(type.Target!, $"{declarator}[{(type.Count == 0 ? "" : type.Count)}]", depth + 1);
            case TypeKind.Function:
                return Of(type.Target ?? SyntheticVoid.Instance, $"{declarator}({ParametersOf(type, depth)})", depth + 1);
            case TypeKind.Qualifier when type.Target is { } qualified:
                // A qualifier of a pointer stands behind its star, any other before the name.
                return qualified.StripQualifiers().Kind == TypeKind.Pointer
                    ? Of(qualified, Join(type.Name, declarator), depth + 1)
                    : $"{type.Name} {Of(qualified, declarator, depth + 1)}";
            default:
                return Join(NameOf(type), declarator);
        }
    }

    private static string ParametersOf(KernelType function, int depth)
    {
        if (function.Parameters.Count == 0)
            return "void";
        var text = new StringBuilder();
        foreach (var parameter in function.Parameters)
        {
            if (text.Length > 0)
                text.Append(", ");
            if (text.Length > MaxLength)
                return text.Append("...").ToString();
            text.Append(parameter is { Name: "...", Type.Kind: TypeKind.Void } ? "..." : Of(parameter.Type, "", depth + 1));
        }
        return text.ToString();
    }

    /// <summary>The tag or name with its keyword; <c>{...}</c> for an anonymous one.</summary>
    public static string NameOf(KernelType type)
    {
        var keyword = KeywordOf(type);
        var name = type.Name;
        if (type.Kind == TypeKind.Int)
            return IntegerSpelling.Shorten(name);
        if (keyword.Length == 0)
            return name.Length == 0 ? "void" : name;
        return $"{keyword} {(name.Length == 0 ? "{...}" : name)}";
    }

    public static string KeywordOf(KernelType type) => type.TagKind switch
    {
        TypeKind.Struct => "struct",
        TypeKind.Union => "union",
        TypeKind.Enum => "enum",
        _ => "",
    };

    private static string Join(string name, string declarator) => declarator.Length == 0 ? name : $"{name} {declarator}";
}

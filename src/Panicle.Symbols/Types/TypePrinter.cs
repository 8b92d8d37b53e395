using System.Globalization;

namespace Panicle.Symbols;

/// <summary>Shows what a type consists of, in the form that users of <c>crash</c> and <c>gdb</c> know.</summary>
public static class TypePrinter
{
    private const int MaxDepth = 32;

    // A structure with more lines than this isn't one.
    private const int MaxLines = 100_000;

    private const int IndentWidth = 4;

    // Two brackets and crash's two blanks in front of them.
    private const int OffsetMargin = 4;

    /// <summary>
    /// The declaration of a structure, union or enum line by line, anonymous members inside; other types are one line.
    /// </summary>
    public static TypeLayout Layout(KernelType type)
    {
        var lines = new List<TypeLayoutLine>();
        var body = type.Strip();
        var typedef = type.StripQualifiers() is { Kind: TypeKind.Typedef } named ? named.Name : null;
        var end = typedef is null ? "}" : $"}} {typedef};";
        var start = typedef is null ? "" : "typedef ";
        switch (body.Kind)
        {
            case TypeKind.Struct or TypeKind.Union:
                lines.Add(new TypeLayoutLine(0, $"{start}{Opening(body)}"));
                AddMembers(lines, body, 1, 0);
                lines.Add(new TypeLayoutLine(0, end));
                break;
            case TypeKind.Enum:
                lines.Add(new TypeLayoutLine(0, $"{start}{Opening(body)}"));
                foreach (var value in body.Enumerators)
                    lines.Add(new TypeLayoutLine(1, $"{value.Name} = {value.Value}"));
                lines.Add(new TypeLayoutLine(0, typedef is null ? "};" : end));
                break;
            default:
                lines.Add(new TypeLayoutLine(
                    0, typedef is null ? $"{type.DisplayName()};" : $"typedef {type.Strip().Declare(typedef)};"));
                break;
        }
        return new TypeLayout(type, type.Size, lines);
    }

    /// <summary>The layout as lines of text, closing with the size (an enum's without it).</summary>
    public static IEnumerable<string> Lines(TypeLayout layout, TypePrintOptions options = default)
    {
        var offsetWidth = Number(layout.Size, options.Hex).Length + OffsetMargin;
        var isEnum = layout.Type.Strip().Kind == TypeKind.Enum;
        foreach (var line in layout.Lines)
            yield return isEnum ? EnumLine(line) : Line(line, offsetWidth, options);
        if (!isEnum)
            yield return $"SIZE: {Number(layout.Size, options.Hex)}";
    }

    /// <summary>The layout as lines of text, closing with the size (an enum's without it).</summary>
    public static IEnumerable<string> Lines(KernelType type, TypePrintOptions options = default) => Lines(Layout(type), options);

    /// <summary>crash sets an enum's values in by two, and gives no size.</summary>
    private static string EnumLine(in TypeLayoutLine line) => line.Depth == 0 ? line.Text : $"  {line.Text}";

    private static string Line(in TypeLayoutLine line, int offsetWidth, TypePrintOptions options)
    {
        if (!options.Offsets || line.Depth == 0)
            return new string(' ', line.Depth * IndentWidth) + line.Text;
        // The offset stands in a column of its own, as wide as the type's size needs.
        var offset = line.BitOffset is { } bits ? $"[{Number(bits / 8, options.Hex)}]" : "";
        return $"{offset.PadLeft(offsetWidth)} {new string(' ', (line.Depth - 1) * IndentWidth)}{line.Text}";
    }

    private static void AddMembers(List<TypeLayoutLine> lines, KernelType type, int depth, ulong bitOffset)
    {
        foreach (var member in type.Members)
        {
            if (lines.Count >= MaxLines)
                return;
            AddMember(lines, member, depth, bitOffset + member.BitOffset);
        }
    }

    private static void AddMember(List<TypeLayoutLine> lines, TypeMember member, int depth, ulong bitOffset)
    {
        if (InlineBody(member.Type) is { } body && depth < MaxDepth)
        {
            lines.Add(new TypeLayoutLine(depth, Opening(body)));
            AddMembers(lines, body, depth + 1, bitOffset);
            // "} name[4];": what follows the braces is the declaration without its type.
            var rest = member.Type.Declare(member.Name)[body.DisplayName().Length..];
            lines.Add(new TypeLayoutLine(depth, $"}}{rest};", member.Name.Length > 0 ? bitOffset : null, member));
            return;
        }
        var width = member.BitSize > 0 ? $" : {member.BitSize}" : "";
        lines.Add(new TypeLayoutLine(depth, $"{member.Type.Declare(member.Name)}{width};", bitOffset, member));
    }

    /// <summary>
    /// The anonymous structure or union that a member (or an array member's element) is declared with on the spot;
    /// null for a named type.
    /// </summary>
    private static KernelType? InlineBody(KernelType type)
    {
        for (var depth = 0; depth < MaxDepth && type.Kind == TypeKind.Array && type.Target is { } element; depth++)
            type = element;
        return type is { Kind: TypeKind.Struct or TypeKind.Union, Name: "" } ? type : null;
    }

    private static string Opening(KernelType type) =>
        type.Name.Length == 0 ? $"{TypeDeclaration.KeywordOf(type)} {{" : $"{TypeDeclaration.KeywordOf(type)} {type.Name} {{";

    private static string Number(ulong value, bool hex) =>
        hex ? $"0x{value:x}" : value.ToString(CultureInfo.InvariantCulture);
}

using System.Globalization;

namespace Panicle.Symbols;

/// <summary>What can be asked of any type, whatever it was read from.</summary>
public static class KernelTypeExtensions
{
    // Deeper than any C code; a cycle in damaged type data ends here.
    private const int MaxDepth = 64;

    // The largest structures have a few thousand members; anonymous ones that hold themselves twice would never end.
    private const int MaxMembersVisited = 100_000;

    /// <summary>The type behind typedefs and qualifiers.</summary>
    public static KernelType Strip(this KernelType type)
    {
        for (var depth = 0; depth < MaxDepth; depth++)
        {
            if (type.Kind is not (TypeKind.Typedef or TypeKind.Qualifier) || type.Target is not { } target)
                return type;
            type = target;
        }
        return type;
    }

    /// <summary>The type behind qualifiers; typedefs stay.</summary>
    public static KernelType StripQualifiers(this KernelType type)
    {
        for (var depth = 0; depth < MaxDepth && type.Kind == TypeKind.Qualifier && type.Target is { } target; depth++)
            type = target;
        return type;
    }

    /// <summary>The type in C's notation: <c>struct task_struct *</c>, <c>char [16]</c>, <c>int (*)(struct file *)</c>.</summary>
    public static string DisplayName(this KernelType type) => TypeDeclaration.Of(type, "");

    /// <summary>A declaration in C's notation, without the semicolon: <c>char comm[16]</c>.</summary>
    public static string Declare(this KernelType type, string name) => TypeDeclaration.Of(type, name);

    /// <summary>The member's offset in bytes, or null if the type has no such member.</summary>
    /// <param name="type">A structure or union, or a typedef of one.</param>
    /// <param name="path">A member, or a path of members and array elements.</param>
    public static ulong? OffsetOf(this KernelType type, string path) =>
        type.TryFindMember(path, out var member) ? member.Offset : null;

    /// <summary>Whether the type has such a member.</summary>
    public static bool HasMember(this KernelType type, string path) => type.TryFindMember(path, out _);

    /// <summary>
    /// Finds a member by name or path: <c>comm</c>, <c>se.vruntime</c>, <c>cpus[2].state</c>. Members of anonymous structures and
    /// unions are found as C finds them. A path doesn't lead through pointers.
    /// </summary>
    public static bool TryFindMember(this KernelType type, string path, out MemberPath member)
    {
        member = new MemberPath(type, 0, 0);
        var rest = path.AsSpan().Trim();
        if (rest.IsEmpty)
            return false;
        while (!rest.IsEmpty)
        {
            if (rest[0] == '[')
            {
                if (!TryIndex(ref member, ref rest))
                    return false;
                continue;
            }
            if (rest[0] == '.')
                rest = rest[1..];
            var end = rest.IndexOfAny('.', '[');
            var name = end < 0 ? rest : rest[..end];
            rest = rest[name.Length..];
            if (name.IsEmpty || !TryStep(ref member, name))
                return false;
        }
        return true;
    }

    private static bool TryStep(ref MemberPath at, ReadOnlySpan<char> name)
    {
        var budget = MaxMembersVisited;
        if (!TryFindIn(at.Type.Strip(), name, 0, ref budget, out var found))
            return false;
        at = found with { BitOffset = at.BitOffset + found.BitOffset };
        return true;
    }

    private static bool TryFindIn(KernelType type, ReadOnlySpan<char> name, int depth, ref int budget, out MemberPath member)
    {
        member = default;
        if (depth == MaxDepth)
            return false;
        foreach (var candidate in type.Members)
        {
            if (--budget < 0)
                return false;
            if (candidate.Name.Length > 0)
            {
                if (!name.SequenceEqual(candidate.Name))
                    continue;
                member = new MemberPath(candidate.Type, candidate.BitOffset, candidate.BitSize);
                return true;
            }
            if (TryFindIn(candidate.Type.Strip(), name, depth + 1, ref budget, out var inner))
            {
                member = inner with { BitOffset = inner.BitOffset + candidate.BitOffset };
                return true;
            }
        }
        return false;
    }

    /// <summary>One <c>[n]</c>. An index past the end is accepted: trailing arrays are often longer than declared.</summary>
    private static bool TryIndex(ref MemberPath at, ref ReadOnlySpan<char> rest)
    {
        var close = rest.IndexOf(']');
        var array = at.Type.Strip();
        if (close < 0 || array.Kind != TypeKind.Array || array.Target is not { } element
            || !uint.TryParse(rest[1..close], NumberStyles.None, CultureInfo.InvariantCulture, out var index))
            return false;
        if (Math.BigMul(element.Size, (ulong)index * 8, out var bits) != 0)
            return false;
        at = new MemberPath(element, at.BitOffset + bits, 0);
        rest = rest[(close + 1)..];
        return true;
    }
}

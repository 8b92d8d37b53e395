using System.Globalization;
using Panicle.Symbols;

namespace Panicle.Reports.Decoding;

/// <summary>A member of a structure, found by where it lies.</summary>
/// <param name="Path">From the structure to it, as C writes it: <c>f_path.dentry</c>, <c>action[3].sa</c>.</param>
/// <param name="Type">Its type.</param>
internal sealed record MemberPlace(string Path, KernelType Type)
{
    // Deeper than any structure nests.
    private const int MostLevels = 16;

    // Damaged type data may hold members that all lie over each other.
    private const int MostMembers = 100_000;

    /// <summary>The innermost member that an access touches; null if nothing of the structure lies there.</summary>
    /// <param name="types">Completes types that are only declared.</param>
    /// <param name="structure">The structure or union.</param>
    /// <param name="offset">Bytes from its start.</param>
    /// <param name="size">Bytes that are accessed; 0 if not known. It picks one of a union's members.</param>
    public static MemberPlace? Find(TypeCatalog types, KernelType structure, ulong offset, int size)
    {
        var visited = 0;
        return Find(types, structure, offset, size, "", MostLevels, ref visited);
    }

    private static MemberPlace? Find(
        TypeCatalog types, KernelType type, ulong offset, int size, string path, int levels, ref int visited)
    {
        type = types.Complete(type.Strip());
        if (levels == 0)
            return null;
        if (type.Kind == TypeKind.Array && type.Target is { } element && types.Complete(element.Strip()) is { Size: > 0 } whole
            && offset < whole.Size * Math.Max(type.Count, 1))
            return Find(types, whole, offset % whole.Size, size,
                string.Create(CultureInfo.InvariantCulture, $"{path}[{offset / whole.Size}]"), levels - 1, ref visited);
        if (type.Kind is not (TypeKind.Struct or TypeKind.Union))
            return path.Length > 0 && offset < Math.Max(type.Size, 1) ? new MemberPlace(path, type) : null;
        MemberPlace? first = null;
        foreach (var member in type.Members)
        {
            if (++visited > MostMembers)
                return null;
            var length = SizeOf(types, member.Type);
            if (member.Offset > offset || offset - member.Offset >= Math.Max(length, 1))
                continue;
            var name = member.Name.Length == 0 ? path : path.Length == 0 ? member.Name : $"{path}.{member.Name}";
            var inner = Find(types, member.Type, offset - member.Offset, size, name, levels - 1, ref visited);
            if (inner is not null && (size == 0 || inner.Type.Size == (ulong)size))
                return inner;
            first ??= inner;
        }
        return first;
    }

    private static ulong SizeOf(TypeCatalog types, KernelType type)
    {
        var complete = types.Complete(type.Strip());
        return complete is { Kind: TypeKind.Array, Target: { } element }
            ? complete.Count * SizeOf(types, element)
            : complete.Size;
    }
}

using Panicle.Symbols;

namespace Panicle.Kernel.Values;

/// <summary>
/// Where members of one structure lie in this kernel, looked up once: for loops over thousands of objects that read
/// each object as one span of bytes.
/// </summary>
public sealed class StructLayout
{
    private readonly string _name;
    private readonly KernelType? _type;

    /// <summary>Looks a structure up; a kernel that lacks it gives a layout without members.</summary>
    /// <param name="types">The kernel's types.</param>
    /// <param name="structure">Its C type: "struct task_struct".</param>
    public StructLayout(TypeCatalog types, string structure)
    {
        _name = structure;
        _type = types.Parse(structure);
    }

    /// <summary>Size of the structure in bytes, 0 if this kernel has none of that name.</summary>
    public int Size => (int)(_type?.Size ?? 0);

    /// <summary>
    /// Offset in bytes of the first of the given member paths that this kernel has; throws if it has none of them.
    /// </summary>
    public int Offset(params ReadOnlySpan<string> paths)
    {
        var offset = OptionalOffset(paths);
        return offset >= 0 ? offset
            : throw new KernelReadException($"{_name} has no member {string.Join(" or ", paths!)} in this kernel");
    }

    /// <summary>Offset in bytes of the first of the given member paths that this kernel has, or -1.</summary>
    public int OptionalOffset(params ReadOnlySpan<string> paths)
    {
        foreach (var path in paths)
        {
            if (_type is not null && _type.TryFindMember(path, out var member))
                return (int)(member.BitOffset / 8);
        }
        return -1;
    }
}

using Panicle.Symbols;

namespace Panicle.Kernel.Values;

/// <summary>
/// Where members of one structure lie in this kernel, looked up once: for loops over thousands of objects that read
/// each object as one span of bytes.
/// </summary>
public sealed class StructLayout
{
    private readonly string _name;
    // A NUMA node's pglist_data is the largest that there is, by far.
    private const ulong MostBytes = 4 << 20;

    private readonly KernelType? _type;

    /// <summary>Looks a structure up; a kernel that lacks it gives a layout without members.</summary>
    /// <param name="types">The kernel's types.</param>
    /// <param name="structure">Its C type: "struct task_struct".</param>
    public StructLayout(TypeCatalog types, string structure)
    {
        _name = structure;
        _type = types.Parse(structure);
        if (_type?.Size > MostBytes)
            throw new KernelReadException($"the kernel's types are damaged: {structure} of {_type.Size} bytes");
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
            if (_type is null || !_type.TryFindMember(path, out var member))
                continue;
            // Who reads an object reads it whole, and finds the member in its bytes; only a flexible array begins where they end.
            var offset = member.BitOffset / 8;
            var isFlexible = member.Type is { Size: 0, Kind: TypeKind.Array };
            if (offset > _type.Size || (offset == _type.Size && !isFlexible) || member.Type.Size > _type.Size - offset)
                throw new KernelReadException(
                    $"the kernel's types are damaged: {_name}.{path} lies beyond the {_type.Size} bytes of {_name}");
            return (int)offset;
        }
        return -1;
    }
}

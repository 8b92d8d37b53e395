using Panicle.Symbols;

namespace Panicle.Kernel.Values;

/// <summary>Types without which there is no answer. They are named as C does: "struct task_struct", "unsigned long".</summary>
internal static class RequiredTypes
{
    /// <summary>A type by its C name.</summary>
    /// <exception cref="KernelReadException">This kernel has none of the name.</exception>
    public static KernelType Required(this TypeCatalog types, string cType) =>
        types.Parse(cType) ?? throw new KernelReadException($"this kernel has no type '{cType}'");

    /// <summary>A structure, and how many bytes into it a member lies: what <c>container_of</c> needs.</summary>
    /// <exception cref="KernelReadException">This kernel lacks the structure, or the structure the member.</exception>
    public static (KernelType Type, ulong Offset) RequiredMember(this TypeCatalog types, string cType, string member)
    {
        var type = types.Required(cType);
        return type.TryFindMember(member, out var found)
            ? (type, found.BitOffset / 8)
            : throw new KernelReadException($"{cType} has no member {member} in this kernel");
    }
}

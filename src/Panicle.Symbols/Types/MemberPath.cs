namespace Panicle.Symbols;

/// <summary>Where a member, named by a path such as <c>mm.pgd</c> or <c>cpus[3].state</c>, lies in a type.</summary>
/// <param name="Type">The member's type as declared.</param>
/// <param name="BitOffset">Its offset from the start of the outermost type, in bits.</param>
/// <param name="BitSize">Its width in bits if it is a bit-field, else 0.</param>
public readonly record struct MemberPath(KernelType Type, ulong BitOffset, uint BitSize)
{
    /// <summary>Offset in whole bytes (of the byte that holds the first bit, for a bit-field).</summary>
    public ulong Offset => BitOffset / 8;
}

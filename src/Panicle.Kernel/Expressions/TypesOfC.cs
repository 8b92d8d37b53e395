using Panicle.Symbols;

namespace Panicle.Kernel.Expressions;

/// <summary>
/// No types but C's own: sums need no kernel's. Whatever else an expression names is missing for the reason that the kernel's
/// types can't be had.
/// </summary>
internal sealed class TypesOfC(string whyNoOthers) : ITypeSource
{
    /// <inheritdoc/>
    public TypeOrigin Origin => default;

    /// <inheritdoc/>
    public KernelType? Find(TypeKind kind, string name) =>
        kind is TypeKind.Int or TypeKind.Float ? null : throw new KernelReadException(whyNoOthers);

    /// <inheritdoc/>
    public KernelType? FindSymbolType(string symbol) => throw new KernelReadException(whyNoOthers);

    /// <inheritdoc/>
    public long? FindEnumerator(string name) => throw new KernelReadException(whyNoOthers);

    /// <inheritdoc/>
    public IEnumerable<KernelType> All(TypeKind kind) => [];
}

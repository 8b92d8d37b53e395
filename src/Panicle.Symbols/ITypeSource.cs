namespace Panicle.Symbols;

/// <summary>Types by name, from one source. Thread-safe.</summary>
public interface ITypeSource
{
    /// <summary>Where the types come from.</summary>
    TypeOrigin Origin { get; }

    /// <summary>
    /// The type of this kind (Struct, Union, Enum, Typedef, Int, Float) with this name, or null. Definitions win over
    /// forward declarations.
    /// </summary>
    KernelType? Find(TypeKind kind, string name);

    /// <summary>
    /// The declared type of a function (its <see cref="TypeKind.Function"/>) or of a variable, if the source knows it.
    /// </summary>
    KernelType? FindSymbolType(string symbol);

    /// <summary>The value of a named enumerator in any enum (anonymous ones too), or null.</summary>
    long? FindEnumerator(string name);

    /// <summary>The named types of a kind, in source order. For completion and searches.</summary>
    IEnumerable<KernelType> All(TypeKind kind);
}

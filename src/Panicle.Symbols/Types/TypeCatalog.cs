namespace Panicle.Symbols;

/// <summary>
/// All the types that are known, best source first (the kernel's own BTF, then the modules', or DWARF). Thread-safe.
/// </summary>
public sealed class TypeCatalog : ITypeSource
{
    private readonly Lazy<IReadOnlyList<ITypeSource>> _more;
    private readonly ITypeSource? _first;

    /// <summary>Joins sources of types: the first that has an answer gives it.</summary>
    public TypeCatalog(params ITypeSource[] sources) : this(null, () => sources)
    {
    }

    /// <summary>
    /// Joins the kernel's source (null if there is none) and more, which are read only when it doesn't have the answer.
    /// </summary>
    public TypeCatalog(ITypeSource? kernel, Func<IReadOnlyList<ITypeSource>> more)
    {
        _first = kernel;
        _more = new(more);
    }

    /// <inheritdoc/>
    public TypeOrigin Origin => _first?.Origin ?? default;

    /// <summary>Whether the kernel's source knows all variables, and so has to be asked for them by their addresses.</summary>
    public bool IsOfVariables => _first is IVariableTypes;

    /// <summary>The sources in the order in which they are asked.</summary>
    public IEnumerable<ITypeSource> Sources
    {
        get
        {
            if (_first is not null)
                yield return _first;
            foreach (var source in _more.Value)
                yield return source;
        }
    }

    /// <inheritdoc/>
    public KernelType? Find(TypeKind kind, string name)
    {
        KernelType? declared = null;
        foreach (var source in Sources)
        {
            if (source.Find(kind, name) is not { } found)
                continue;
            if (found.Kind != TypeKind.Forward || kind == TypeKind.Forward)
                return found;
            declared ??= found;
        }
        return declared;
    }

    /// <summary>
    /// The definition of a structure that this type only declares, where any source has one; else the type itself.
    /// </summary>
    public KernelType Complete(KernelType type) =>
        type.Kind == TypeKind.Forward ? Find(type.TagKind, type.Name) ?? type : type;

    /// <inheritdoc/>
    public KernelType? FindSymbolType(string symbol)
    {
        foreach (var source in Sources)
            if (source.FindSymbolType(symbol) is { } found)
                return found;
        return null;
    }

    /// <inheritdoc/>
    public long? FindEnumerator(string name)
    {
        foreach (var source in Sources)
            if (source.FindEnumerator(name) is { } found)
                return found;
        return null;
    }

    /// <inheritdoc/>
    public IEnumerable<KernelType> All(TypeKind kind)
    {
        foreach (var source in Sources)
            foreach (var type in source.All(kind))
                yield return type;
    }

    /// <summary>
    /// A type as people write it: <c>struct task_struct</c>, <c>struct list_head *</c>, <c>unsigned long</c>, <c>u64</c>,
    /// <c>char[16]</c>, <c>task_struct</c>. Null if it isn't a type's name or no source knows it.
    /// </summary>
    public KernelType? Parse(string cType) => new TypeNameParser(this, cType).Parse();

    /// <summary>Makes the type "pointer to", which no source has to have.</summary>
    public static KernelType PointerTo(KernelType target) => new SyntheticPointer(target);

    /// <summary>Makes the type "array of so many", which no source has to have.</summary>
    public static KernelType ArrayOf(KernelType element, ulong count) => new SyntheticArray(element, count);
}

namespace Panicle.Symbols;

/// <summary>The kinds of C type, numbered as Panicle likes: BTF and DWARF have numbers of their own.</summary>
public enum TypeKind : byte
{
    /// <summary>C's <c>void</c>, which has no size and no values.</summary>
    Void,
    /// <summary>An integer, which characters and booleans are, too.</summary>
    Int,
    /// <summary>A floating-point number: <c>float</c>, <c>double</c>. Kernel code hardly has any.</summary>
    Float,
    /// <summary>An address of a <see cref="KernelType.Target"/>, as wide as the machine's words.</summary>
    Pointer,
    /// <summary><see cref="KernelType.Count"/> elements of <see cref="KernelType.Target"/>.</summary>
    Array,
    /// <summary>A <c>struct</c>, whose members follow each other in memory.</summary>
    Struct,
    /// <summary>A <c>union</c>, whose members all begin at its start.</summary>
    Union,
    /// <summary>An <c>enum</c>: an integer whose values have names.</summary>
    Enum,
    /// <summary>A structure, union or enum that is declared and never defined.</summary>
    Forward,
    /// <summary>A <c>typedef</c>: another name for <see cref="KernelType.Target"/>.</summary>
    Typedef,
    /// <summary><c>const</c>, <c>volatile</c>, <c>restrict</c> or a type tag around <see cref="KernelType.Target"/>.</summary>
    Qualifier,
    /// <summary>
    /// A function prototype: returns <see cref="KernelType.Target"/>, takes <see cref="KernelType.Parameters"/>.
    /// </summary>
    Function,
}

/// <summary>
/// A C type, whatever it was read from (BTF or DWARF). Members and targets resolve on first use, so that
/// finding one structure doesn't decode the whole catalog. Immutable to its users, and thread-safe.
/// </summary>
public abstract class KernelType
{
    /// <summary>The kind of type; typedefs and qualifiers have kinds of their own and hide the one behind them.</summary>
    public abstract TypeKind Kind { get; }

    /// <summary>
    /// The tag or name without <c>struct</c>/<c>union</c>/<c>enum</c>; for a qualifier the qualifier; "" if anonymous.
    /// </summary>
    public abstract string Name { get; }

    /// <summary>
    /// The keyword that C puts before the name: what a forward declaration declares (Struct, Union or Enum); <see cref="Kind"/>
    /// for every other type.
    /// </summary>
    public virtual TypeKind TagKind => Kind;

    /// <summary>Size in bytes; 0 for void, functions and forward declarations.</summary>
    public abstract ulong Size { get; }

    /// <summary>The size that the type's own description states, for kinds that state one.</summary>
    internal virtual ulong StatedSize => Size;

    /// <summary>
    /// What is pointed to, the element, what the typedef or qualifier stands for, or what the function returns; else null.
    /// </summary>
    public virtual KernelType? Target => null;

    /// <summary>Number of elements of an array; 0 for a flexible array.</summary>
    public virtual ulong Count => 0;

    /// <summary>Whether an integer (or enum) is signed.</summary>
    public virtual bool IsSigned => false;

    /// <summary>Whether an integer holds a character.</summary>
    public virtual bool IsChar => false;

    /// <summary>Whether an integer is a boolean.</summary>
    public virtual bool IsBool => false;

    /// <summary>Members of a structure or union in declaration order; empty for others.</summary>
    public virtual IReadOnlyList<TypeMember> Members => [];

    /// <summary>Values of an enum in declaration order; empty for others.</summary>
    public virtual IReadOnlyList<Enumerator> Enumerators => [];

    /// <summary>Parameters of a function; empty for others.</summary>
    public virtual IReadOnlyList<TypeParameter> Parameters => [];

    /// <summary>Where the type comes from.</summary>
    public abstract TypeOrigin Origin { get; }

    /// <summary>
    /// What is damaged in the type's own description, so that something of it may be missing; null where nothing is.
    /// </summary>
    public virtual string? Problem => null;
}

/// <summary>A member of a structure or union.</summary>
/// <param name="Name">Its name, "" for an anonymous structure or union.</param>
/// <param name="Type">Its type.</param>
/// <param name="BitOffset">Its offset from the start of the enclosing type, in bits.</param>
/// <param name="BitSize">Its width in bits if it is a bit-field, else 0.</param>
public readonly record struct TypeMember(string Name, KernelType Type, ulong BitOffset, uint BitSize)
{
    /// <summary>Offset in whole bytes (of the byte that holds the first bit, for a bit-field).</summary>
    public ulong Offset => BitOffset / 8;
}

/// <summary>One named value of an enum. Unsigned values above <c>long.MaxValue</c> are kept in their two's complement.</summary>
public readonly record struct Enumerator(string Name, long Value);

/// <summary>A function's parameter; a variadic tail has <see cref="TypeKind.Void"/> and the name "...".</summary>
public readonly record struct TypeParameter(string Name, KernelType Type);

namespace Panicle.Kernel.Values;

/// <summary>
/// A value of the kernel as it was read: a tree that any renderer can show.
/// What can't be read is an <see cref="ErrorNode"/> in its place.
/// </summary>
public abstract record ValueNode;

/// <summary>An integer of any width up to 64 bits.</summary>
/// <param name="Value">It, sign-extended to 64 bits if it is signed.</param>
/// <param name="IsSigned">Whether it is signed.</param>
/// <param name="Bits">Its width in bits.</param>
/// <param name="IsChar">Whether it is one byte wide, and so may be a character.</param>
public sealed record NumberNode(ulong Value, bool IsSigned, int Bits, bool IsChar) : ValueNode;

/// <summary>A boolean. A value other than 0 and 1 is kept: it says that something wrote where it should not have.</summary>
public sealed record BooleanNode(ulong Value) : ValueNode;

/// <summary>A number of an enum's type.</summary>
/// <param name="Value">Its number.</param>
/// <param name="Name">Its name, or names if it is a set of flags: <c>(A | B)</c>; null if it has none.</param>
public sealed record EnumNode(long Value, string? Name) : ValueNode;

/// <summary>A pointer, with what a symbol or a text says of where it points.</summary>
/// <param name="Address">Where it points.</param>
/// <param name="Symbol">What lies there, as <c>name+offset</c>, if a symbol does and no text is shown.</param>
/// <param name="Text">The text there, for a pointer to characters.</param>
/// <param name="WhyNoText">
/// Why the text of a pointer to characters can't be read, as a clause; null if it could be, and for other pointers.
/// </param>
public sealed record PointerNode(ulong Address, string? Symbol, TextNode? Text, string? WhyNoText) : ValueNode;

/// <summary>An array of <c>char</c>, which may or may not be text.</summary>
/// <param name="Bytes">Its bytes, without the zeros at its end.</param>
/// <param name="IsCut">Whether there are more that are left out.</param>
public sealed record TextNode(byte[] Bytes, bool IsCut) : ValueNode
{
    /// <summary>How many zeros come after <see cref="Bytes"/>.</summary>
    public int Zeros { get; init; }

    /// <summary>Whether its characters have a sign.</summary>
    public bool IsSigned { get; init; }
}

/// <summary>A structure or union with its members as they are declared, those of bit fields included.</summary>
public sealed record StructNode(IReadOnlyList<MemberNode> Members) : ValueNode;

/// <summary>A member; the name is "" for an anonymous structure or union.</summary>
public readonly record struct MemberNode(string Name, ValueNode Value);

/// <summary>An array of anything but characters.</summary>
/// <param name="Elements">Its elements; neighbours with the same bytes are one.</param>
/// <param name="LeftOut">How many more there are that were not read.</param>
public sealed record ArrayNode(IReadOnlyList<ElementNode> Elements, ulong LeftOut) : ValueNode;

/// <summary>An element of an array, and how many times it comes in a row.</summary>
public readonly record struct ElementNode(ValueNode Value, long Repeats);

/// <summary>A value that can't be had.</summary>
public sealed record ErrorNode(string Reason) : ValueNode;

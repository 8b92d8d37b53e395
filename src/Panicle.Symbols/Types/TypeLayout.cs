namespace Panicle.Symbols;

/// <summary>
/// A type's layout as lines, each with what it stands for, so that a renderer may show it as text, JSON or HTML.
/// </summary>
/// <param name="Type">The type.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="Lines">The lines in order, without the size.</param>
public sealed record TypeLayout(KernelType Type, ulong Size, IReadOnlyList<TypeLayoutLine> Lines);

/// <summary>One line of a declaration: a member, or where a structure opens and closes.</summary>
/// <param name="Depth">How deeply it is nested; 0 for the type's own first and last line.</param>
/// <param name="Text">The line in C's notation, without indentation.</param>
/// <param name="BitOffset">For a member: its offset from the start of the outermost type, in bits; null for braces.</param>
/// <param name="Member">For a member: the member as declared; null for braces.</param>
public readonly record struct TypeLayoutLine(int Depth, string Text, ulong? BitOffset = null, TypeMember? Member = null);

/// <summary>What <see cref="TypePrinter"/> adds to C's notation, as crash's <c>struct -o</c> and <c>-x</c>.</summary>
/// <param name="Offsets">Put each member's offset in front of it.</param>
/// <param name="Hex">Offsets and the size in hexadecimal.</param>
public readonly record struct TypePrintOptions(bool Offsets = false, bool Hex = false);

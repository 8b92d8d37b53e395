using Panicle.Symbols;

namespace Panicle.Kernel.Expressions;

/// <summary>A parsed expression: each node knows where in the text it stands.</summary>
/// <param name="Position">Index of the character that errors about this node point at.</param>
internal abstract record Expression(int Position);

/// <summary>A number or a character.</summary>
internal sealed record NumberExpression(int Position, ulong Value, string Type) : Expression(Position);

/// <summary>A symbol, an enumerator, <c>current</c>, or a register <c>$rip</c>.</summary>
internal sealed record NameExpression(int Position, string Name) : Expression(Position);

/// <summary>A variable of a source file: <c>'mm/slub.c'::slab_state</c>.</summary>
internal sealed record FileVariableExpression(int Position, string File, string Name) : Expression(Position);

/// <summary>An operator before its operand: <c>- + ! ~ * &amp;</c>.</summary>
internal sealed record UnaryExpression(int Position, string Operator, Expression Operand) : Expression(Position);

/// <summary>An operator between two operands; also <c>@</c>, gdb's array of so many elements.</summary>
internal sealed record BinaryExpression(int Position, string Operator, Expression Left, Expression Right) : Expression(Position);

/// <summary><c>condition ? yes : no</c>.</summary>
internal sealed record ConditionalExpression(int Position, Expression Condition, Expression Yes, Expression No)
    : Expression(Position);

internal sealed record CastExpression(int Position, KernelType Type, Expression Operand) : Expression(Position);

internal sealed record SizeOfTypeExpression(int Position, KernelType Type) : Expression(Position);

internal sealed record SizeOfExpression(int Position, Expression Operand) : Expression(Position);

/// <summary><c>operand.name</c> or <c>operand->name</c>; both follow a pointer, as gdb does.</summary>
internal sealed record MemberExpression(int Position, Expression Operand, string Name) : Expression(Position);

internal sealed record IndexExpression(int Position, Expression Operand, Expression Index) : Expression(Position);

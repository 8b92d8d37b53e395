namespace Panicle.Kernel.Expressions;

/// <summary>What a token is.</summary>
internal enum TokenKind : byte
{
    End,
    Number,
    Name,
    /// <summary>A source file before <c>::</c>, its quotes included.</summary>
    File,
    Operator,
}

/// <summary>A token of an expression.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">The operator or name ("$rip" with its dollar); for a number its text.</param>
/// <param name="Position">Index of its first character.</param>
/// <param name="Number">A number's value.</param>
/// <param name="NumberType">A number's C type.</param>
internal readonly record struct Token(TokenKind Kind, string Text, int Position, ulong Number = 0, string NumberType = "int")
{
    public int End => Position + Text.Length;

    public bool Is(string text) => Kind is TokenKind.Operator or TokenKind.Name && Text == text;
}

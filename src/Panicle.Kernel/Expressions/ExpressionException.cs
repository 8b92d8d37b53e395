namespace Panicle.Kernel.Expressions;

/// <summary>An expression can't be read or computed. The message is for a person and points at the place.</summary>
public sealed class ExpressionException : Exception
{
    /// <summary>An expression that can't be computed, with the place in it where that shows.</summary>
    /// <param name="reason">A clause: "there is no symbol foo".</param>
    /// <param name="text">The expression.</param>
    /// <param name="position">Index of the character in <paramref name="text"/> that the reason is about.</param>
    public ExpressionException(string reason, string text, int position)
        : base($"{reason}\n  {text}\n  {new string(' ', Math.Clamp(position, 0, text.Length))}^")
    {
        Reason = reason;
        Position = position;
    }

    /// <summary>What is wrong, in a clause.</summary>
    public string Reason { get; }

    /// <summary>Index of the character that it is about.</summary>
    public int Position { get; }
}

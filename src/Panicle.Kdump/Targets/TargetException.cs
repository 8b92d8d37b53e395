namespace Panicle.Kdump.Targets;

/// <summary>A target can't be used. The message says why, and what to do about it where something can be done.</summary>
public sealed class TargetException : Exception
{
    /// <summary>A target that can't be reached or used, with the reason as a sentence for a person.</summary>
    public TargetException(string message) : base(message)
    {
    }

    /// <summary>Says why, and what it comes from.</summary>
    public TargetException(string message, Exception inner) : base(message, inner)
    {
    }
}

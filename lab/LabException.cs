namespace Panicle.Lab;

/// <summary>Something the lab needs can't be had or done; the message says what, and what to do about it.</summary>
public sealed class LabException : Exception
{
    /// <summary>Makes one without a message.</summary>
    public LabException() { }

    /// <summary>Makes one with the text shown to the person.</summary>
    public LabException(string message) : base(message) { }

    /// <summary>Makes one with the text shown to the person and what caused it.</summary>
    public LabException(string message, Exception inner) : base(message, inner) { }
}

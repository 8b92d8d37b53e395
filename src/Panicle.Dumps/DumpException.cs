namespace Panicle.Dumps;

/// <summary>
/// An input that can't be used at all. The message is for a person: what was tried, on which file and offset,
/// what is wrong, and what to do next. The command line prints it as it is and exits with 3.
/// </summary>
public class DumpException : Exception
{
    /// <summary>Creates the exception with its message for a person.</summary>
    public DumpException(string message) : base(message)
    {
    }

    /// <summary>Creates the exception with its message for a person and the cause.</summary>
    public DumpException(string message, Exception inner) : base(message, inner)
    {
    }
}

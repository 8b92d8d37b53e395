namespace Panicle.Cli;

/// <summary>A command can't do what it was asked. The message is for a person, without the command's name in front.</summary>
internal class CommandException : Exception
{
    public CommandException(string message, string hint = "") : base(message) => Hint = hint;

    public CommandException(string message, Exception inner) : base(message, inner)
    {
    }

    /// <summary>Lines of Panicle's own below the message: how it is used, where in an expression; "" if there are none.</summary>
    public string Hint { get; } = "";
}

/// <summary>A command line that doesn't follow the command's declaration: an unknown option, a missing operand.</summary>
internal sealed class UsageException(string message, string hint = "") : CommandException(message, hint);

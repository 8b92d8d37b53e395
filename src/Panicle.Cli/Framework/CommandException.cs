namespace Panicle.Cli;

/// <summary>A command can't do what it was asked. The message is for a person, without the command's name in front.</summary>
internal class CommandException : Exception
{
    public CommandException(string message) : base(message)
    {
    }

    public CommandException(string message, Exception inner) : base(message, inner)
    {
    }
}

/// <summary>A command line that doesn't follow the command's declaration: an unknown option, a missing operand.</summary>
internal sealed class UsageException(string message) : CommandException(message);

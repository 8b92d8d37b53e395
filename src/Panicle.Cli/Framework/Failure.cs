using System.Text.RegularExpressions;
using Panicle.Dumps;
using Panicle.Formats.Files;
using Panicle.Formats.Text;
using Panicle.Kernel;

namespace Panicle.Cli;

/// <summary>What became of a command that didn't finish.</summary>
/// <param name="Kind">"usage", "failed", "input", "cancelled" or "bug", as JSON says it.</param>
/// <param name="Message">For a person.</param>
/// <param name="ExitCode">The process's exit code.</param>
internal sealed record Failure(string Kind, string Message, int ExitCode)
{
    /// <summary>Lines of Panicle's own that follow the message; "" if there are none.</summary>
    public string Hint { get; init; } = "";

    /// <summary>Writes the message, with a name before it, and what follows it.</summary>
    public void Write(string name, TextWriter errors)
    {
        errors.WriteLine(VisibleText.Line($"{name}: {Message}"));
        if (Hint.Length > 0)
            errors.Write($"{Hint}\n");
    }

    /// <summary>The one place that knows which exceptions are ordinary. Any other is a bug in Panicle and says so.</summary>
    public static Failure From(Exception exception) => exception switch
    {
        UsageException usage => new("usage", exception.Message, Cli.ExitCode.Usage) { Hint = usage.Hint },
        CommandException command => new("failed", exception.Message, Cli.ExitCode.Finding) { Hint = command.Hint },
        KernelReadException => new("failed", exception.Message, Cli.ExitCode.Finding),
        DumpException or InvalidDataException => new("input", exception.Message, Cli.ExitCode.Input),
        OperationCanceledException => new("cancelled", "stopped", Cli.ExitCode.Cancelled),
        RegexMatchTimeoutException => new("failed", "the regular expression takes too long", Cli.ExitCode.Finding),
        // What ends too early must be told by whoever reads it: where, and of what.
        IOException and not EndOfStreamException or UnauthorizedAccessException =>
            new("input", FileError.Describe(exception), Cli.ExitCode.Input),
        _ when FileLimit.IsReached(exception) => new("input", FileLimit.Message, Cli.ExitCode.Input),
        _ => new("bug", $"this is a bug in panicle: {Describe(exception)}", Cli.ExitCode.Finding),
    };

    private static string Describe(Exception exception)
    {
        var where = exception.StackTrace?.Split('\n').FirstOrDefault()?.Trim();
        return $"{exception.GetType().Name}: {exception.Message}{(where is null ? "" : $" ({where})")}";
    }
}

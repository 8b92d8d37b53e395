namespace Panicle.Cli.Verbs.Kdump;

/// <summary>Asks before something is changed that isn't Panicle's own.</summary>
internal static class Consent
{
    public static Option Option { get; } = Option.Flag("--yes", "don't ask");

    /// <summary>Asks; a word has to be typed. Without a terminal only --yes counts.</summary>
    /// <exception cref="CommandException">The answer was no, or nobody can be asked.</exception>
    public static void Ask(ParsedArguments arguments, string question, string word)
    {
        if (arguments.Has("--yes"))
            return;
        if (Console.IsInputRedirected)
            throw new CommandException($"{question} Nothing was done: nobody can be asked here, and --yes wasn't given");
        Console.Error.Write($"{question} Type '{word}' to go on: ");
        if (Console.ReadLine()?.Trim() != word)
            throw new CommandException("nothing was done");
    }
}

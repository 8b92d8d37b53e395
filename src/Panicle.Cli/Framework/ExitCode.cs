namespace Panicle.Cli;

/// <summary>What the process says to its caller.</summary>
internal static class ExitCode
{
    /// <summary>The command did what it was asked.</summary>
    public const int Done = 0;

    /// <summary>Done, with a finding that the command documents to signal; or the command failed.</summary>
    public const int Finding = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;

    /// <summary>An input can't be used.</summary>
    public const int Input = 3;

    /// <summary>Stopped by Ctrl-C: 128 + SIGINT, as shells say it.</summary>
    public const int Cancelled = 130;
}

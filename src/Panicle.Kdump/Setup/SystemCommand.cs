namespace Panicle.Kdump.Setup;

/// <summary>Runs the system's own tools.</summary>
internal static class SystemCommand
{
    /// <summary>What is said of programs of a tree that isn't the running system: nothing is run there; null for none.</summary>
    public static string? Left(SystemRoot root, IEnumerable<string[]> commands) =>
        root.IsLive || commands.Where(command => command.Length > 0).Select(command => string.Join(' ', command)).ToList()
            is not { Count: > 0 } all ? null : $"this isn't the running system: run in that one: {string.Join("; ", all)}";

    /// <summary>Runs some, one after the other, and waits for each.</summary>
    /// <exception cref="IOException">One isn't there, or failed.</exception>
    /// <exception cref="StepLeftException">The tree isn't the running system: none was run.</exception>
    public static void Run(SystemRoot root, params IReadOnlyList<string[]> commands)
    {
        if (Left(root, commands) is { } left)
            throw new StepLeftException(SetupOutcome.NotRun, left);
        foreach (var command in commands.Where(command => command.Length > 0))
            Run(command);
    }

    private static void Run(string[] command)
    {
        try
        {
            // A boot loader's tool takes the time that it takes.
            var run = ProgramRun.Of(PathOf(command[0]), command[1..], Timeout.InfiniteTimeSpan)!;
            if (run.ExitCode != 0)
                throw new IOException($"{string.Join(' ', command)} failed ({run.ExitCode}): {run.Errors.Trim()}");
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new IOException($"{command[0]} can't be run: {e.Message}", e);
        }
    }

    // Never a file of the current directory, which a bare name may be.
    private static string PathOf(string program) =>
        program.StartsWith('/') ? program : SystemProgram.Find(program) ?? throw new IOException($"{program} isn't installed");

    /// <summary>Where a program lies, or null.</summary>
    public static string? Find(SystemRoot root, string program)
    {
        string[] directories = ["/usr/sbin", "/sbin", "/usr/bin", "/bin"];
        return directories.Select(directory => $"{directory}/{program}").FirstOrDefault(root.HasFile);
    }
}

using System.Diagnostics;

namespace Panicle.Cli.Tests;

/// <summary>
/// Panicle as a process of its own: the program in <c>$PANICLE_BINARY</c>, else the one that was built with these tests.
/// <c>./test</c> runs the tests that type command lines a second time with that variable: the native binary is compiled in
/// another way than the code that tests call, and is what ships.
/// </summary>
internal static class PanicleProcess
{
    private static readonly string? Given = Environment.GetEnvironmentVariable("PANICLE_BINARY") is { Length: > 0 } path
        ? path
        : null;

    /// <summary>Whether command lines are for a process, and not for this one's own <see cref="CommandRunner"/>.</summary>
    public static bool IsGiven => Given is not null;

    public static string Program => Given ?? Path.Combine(AppContext.BaseDirectory, "panicle");

    /// <summary>Runs it, with nothing on its standard input.</summary>
    public static Ran Run(params IEnumerable<string> arguments) => RunOn([], arguments);

    /// <summary>Runs it with something on its standard input.</summary>
    public static Ran RunOn(byte[] input, params IEnumerable<string> arguments) => Finish(Start(Program, arguments), input);

    /// <summary>Runs to its end what <see cref="Start"/> made.</summary>
    public static Ran Finish(ProcessStartInfo start, byte[]? input = null)
    {
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        try
        {
            process.StandardInput.BaseStream.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It didn't want to know.
        }
        process.WaitForExit();
        return new Ran(process.ExitCode, output.Result, errors.Result);
    }

    /// <summary>
    /// A start of some program, which may start Panicle: without what this machine and its user may have of a kernel's debug
    /// information. The tests are about dumps alone.
    /// </summary>
    public static ProcessStartInfo Start(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in (string[])["HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "PANICLE_SYMBOLS",
            "PANICLE_CACHE", "DEBUGINFOD_URLS", "DEBUGINFOD_CACHE_PATH"])
            start.Environment.Remove(name);
        return start;
    }
}

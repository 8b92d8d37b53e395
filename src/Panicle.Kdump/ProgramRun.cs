using System.Diagnostics;

namespace Panicle.Kdump;

/// <summary>What came of a program that was given nothing to read.</summary>
/// <param name="ExitCode">What it ended with.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Errors">Its standard error.</param>
internal sealed record ProgramRun(int ExitCode, string Output, string Errors)
{
    /// <summary>Its errors in one line, for a message.</summary>
    public string Complaint => Errors.Trim().ReplaceLineEndings(" ");

    /// <summary>Runs one to its end.</summary>
    /// <param name="program">Its absolute path.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="patience">How long it may take, and how long again what it started may hold its output open.</param>
    /// <returns>Null where it took longer; it is killed then.</returns>
    /// <exception cref="System.ComponentModel.Win32Exception">It can't be started.</exception>
    public static ProgramRun? Of(string program, IEnumerable<string> arguments, TimeSpan patience)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(patience))
        {
            process.Kill(entireProcessTree: true);
            return null;
        }
        return Task.WaitAll([output, errors], patience) ? new ProgramRun(process.ExitCode, output.Result, errors.Result) : null;
    }
}

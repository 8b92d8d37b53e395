using System.Diagnostics;

namespace Panicle.Lab;

/// <summary>Runs other programs and waits for them.</summary>
internal static class Shell
{
    /// <summary>Runs a program to its end and returns what it printed. Throws if it fails.</summary>
    public static string Run(string program, params IEnumerable<string> arguments)
    {
        var (code, output, error) = TryRun(program, arguments);
        return code == 0
            ? output
            : throw new LabException(
                $"{program} {string.Join(' ', arguments)}\nfailed with exit code {code}:\n{Tail(error + output)}");
    }

    /// <summary>Runs a program to its end; never throws for its exit code.</summary>
    public static (int Code, string Output, string Error) TryRun(string program, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            Environment = { ["LC_ALL"] = "C.UTF-8", ["DEBIAN_FRONTEND"] = "noninteractive" },
        };
        using var process = Process.Start(start) ?? throw new LabException($"cannot start {program}");
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    /// <summary>Runs a line of shell; the arguments are its <c>$1</c>, <c>$2</c>…, so that no quoting is needed.</summary>
    public static string Script(string line, params IEnumerable<string> arguments) =>
        Run("/bin/sh", ["-e", "-c", line, "sh", .. arguments]);

    private static string Tail(string text) => text.Length <= 3000 ? text : "…" + text[^3000..];
}

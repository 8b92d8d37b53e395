using System.Diagnostics;

namespace Panicle.Symbols.Tests.Dwarf;

/// <summary>Compilers and what else the tests' programs are made with.</summary>
internal static class Tool
{
    /// <summary>Runs a program in a folder; what it complains of is the test's failure.</summary>
    public static void Run(string folder, string program, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {errors}");
    }
}

using System.Diagnostics;

namespace Panicle.Kdump.Setup;

/// <summary>Runs the system's own tools.</summary>
internal static class SystemCommand
{
    /// <summary>Runs one and waits for it; in a tree of files that isn't the running system nothing is run.</summary>
    /// <exception cref="IOException">It isn't there, or it failed.</exception>
    public static void Run(SystemRoot root, string[] command)
    {
        if (command.Length == 0 || !root.IsLive)
            return;
        try
        {
            using var process = Process.Start(new ProcessStartInfo(PathOf(command[0]), command[1..])
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
                RedirectStandardInput = true
            })!;
            process.StandardInput.Close();
            var errors = process.StandardError.ReadToEndAsync();
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0)
                throw new IOException($"{string.Join(' ', command)} failed ({process.ExitCode}): {errors.Result.Trim()}");
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

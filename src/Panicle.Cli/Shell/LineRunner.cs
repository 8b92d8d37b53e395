using System.Text;
using Panicle.Formats.Files;
using Panicle.Formats.Text;

namespace Panicle.Cli;

/// <summary>
/// Runs whole lines of the shell: comments, <c>!</c>, <c>&lt; file</c>, and commands whose output goes to the system.
/// </summary>
/// <param name="runner">Runs the commands.</param>
/// <param name="errors">Takes errors and notes.</param>
internal sealed class LineRunner(CommandRunner runner, TextWriter errors)
{
    // A script that runs itself must end.
    private const int MaxDepth = 16;

    // Nobody types so much, and a file without newlines must not fill the memory.
    private const int LongestLine = 64 << 10;
    private int _depth;

    /// <summary>Runs a line; its output goes to <paramref name="output"/> unless the line says otherwise.</summary>
    /// <returns>The exit code that the line stands for.</returns>
    public int Run(string line, Stream output, int width = 80, CancellationToken cancellation = default)
    {
        line = line.Trim();
        if (line.Length == 0 || line[0] == '#')
            return ExitCode.Done;
        if (line[0] == '!')
            return SystemShell.Run(line[1..]);
        if (line[0] == '<')
            return RunFile(line[1..].Trim(), output, width, cancellation);
        var command = CommandLine.Parse(line);
        return command.Redirection is null
            ? RunCommand(command, output, width, cancellation)
            : RunRedirected(command, width, cancellation);
    }

    /// <summary>Runs the lines of a file ("-" is standard input). It ends at <c>quit</c> too.</summary>
    public int RunFile(string path, Stream output, int width, CancellationToken cancellation)
    {
        try
        {
            if (path == "-")
                return RunStandardInput(output, width, cancellation);
            if (IsDevice(FileStatus.Of(path)))
                throw new IOException($"{path} is a device");
            using var reader = new StreamReader(path, Encoding.UTF8);
            return RunScript(reader, output, width, cancellation: cancellation);
        }
        catch (Exception e) when (e is IOException and not (BrokenPipeException or OutputException)
            or UnauthorizedAccessException or ArgumentException)
        {
            errors.WriteLine(VisibleText.Line($"can't read commands: {FileError.Describe(e)}"));
            return ExitCode.Input;
        }
    }

    /// <summary>Runs the lines of standard input: of a file, a pipe or a terminal, and of no other device.</summary>
    public int RunStandardInput(Stream output, int width = 80, CancellationToken cancellation = default)
    {
        if (Console.IsInputRedirected && IsDevice(FileStatus.OfDescriptor(0)))
        {
            errors.WriteLine("can't read commands: standard input is a device, neither a file nor a pipe nor a terminal");
            return ExitCode.Input;
        }
        return RunScript(Console.In, output, width, cancellation: cancellation);
    }

    // /dev/null ends at once; another may never.
    private static bool IsDevice(FileStatus? file) =>
        file is { Kind: FileKind.CharacterDevice or FileKind.BlockDevice, IsNull: false };

    /// <summary>Runs every line that the reader has.</summary>
    /// <returns>The highest of the lines' exit codes.</returns>
    public int RunScript(
        TextReader reader, Stream output, int width = 80, string prompt = "", CancellationToken cancellation = default)
    {
        if (_depth == MaxDepth)
        {
            errors.WriteLine($"command files are nested more than {MaxDepth} deep");
            return ExitCode.Usage;
        }
        _depth++;
        try
        {
            var exitCode = ExitCode.Done;
            while (!runner.Session.IsEnding && !cancellation.IsCancellationRequested)
            {
                output.Write(Encoding.UTF8.GetBytes(prompt));
                if (ReadLine(reader) is not { } line)
                    break;
                if (line.Length > LongestLine || line.Contains('\0', StringComparison.Ordinal))
                {
                    errors.WriteLine("what is read here is no text; no more of it is run");
                    return ExitCode.Input;
                }
                exitCode = Math.Max(exitCode, Run(line, output, width, cancellation));
            }
            return exitCode;
        }
        finally
        {
            _depth--;
        }
    }

    // As TextReader.ReadLine, up to what no line has.
    private static string? ReadLine(TextReader reader)
    {
        var line = new StringBuilder();
        var read = reader.Read();
        if (read < 0)
            return null;
        for (; read >= 0 && read != '\n' && line.Length <= LongestLine; read = reader.Read())
            line.Append((char)read);
        return line.ToString().TrimEnd('\r');
    }

    private int RunRedirected(CommandLine command, int width, CancellationToken cancellation)
    {
        using var pipe = SystemShell.Open(command.Redirection!);
        var exitCode = ExitCode.Done;
        try
        {
            exitCode = RunCommand(command, pipe, width, cancellation);
        }
        catch (BrokenPipeException)
        {
            // "log | head" has seen enough.
        }
        // What grep says of its search is not our failure; a file that can't be written, or a program that can't be started, is.
        const int CannotRun = 126, NotFound = 127;
        var code = pipe.Finish();
        return code is CannotRun or NotFound || (code != 0 && command.Redirection![0] == '>')
            ? Math.Max(exitCode, ExitCode.Finding)
            : exitCode;
    }

    private int RunCommand(CommandLine command, Stream output, int width, CancellationToken cancellation) =>
        command.Words.Count == 0
            ? ExitCode.Done
            : runner.Run(command, new OutputTarget(output, errors, width), cancellation);
}

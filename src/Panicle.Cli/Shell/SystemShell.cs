using System.Diagnostics;
using Panicle.Formats.Streams;

namespace Panicle.Cli;

/// <summary>The system's shell, which does what a line asks for beyond Panicle's own commands.</summary>
internal static class SystemShell
{
    /// <summary>Runs a line (<c>!ls</c>) on our own input and output and returns its exit code.</summary>
    public static int Run(string line)
    {
        using var process = Start(line, pipe: false);
        process.WaitForExit();
        return process.ExitCode;
    }

    /// <summary>
    /// Starts what takes a command's output: the rest of a line from its <c>|</c> or <c>></c> on. A file is written by
    /// <c>cat</c>, so that the shell opens it by its own rules (~, $HOME, spaces).
    /// </summary>
    public static OutputPipe Open(string redirection) =>
        new(Start(
            redirection[0] == '|' ? redirection[1..] : $"{SystemProgram.Find("cat") ?? "/bin/cat"} {redirection}", pipe: true));

    private static Process Start(string line, bool pipe)
    {
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = pipe };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(line);
        return Process.Start(start) ?? throw new CommandException("can't start /bin/sh");
    }
}

/// <summary>The input of a process of the system. Disposing of it waits for the process.</summary>
internal sealed class OutputPipe(Process process) : WriteOnlyStream
{
    private readonly Stream _input = process.StandardInput.BaseStream;

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            _input.Write(buffer);
            _input.Flush();
        }
        catch (IOException)
        {
            throw new BrokenPipeException();
        }
    }

    /// <summary>Ends the output, waits for the process, and returns its exit code.</summary>
    public int Finish()
    {
        try
        {
            _input.Dispose();
        }
        catch (IOException)
        {
            // The process ended without reading all of it.
        }
        process.WaitForExit();
        return process.ExitCode;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Finish();
            process.Dispose();
        }
        base.Dispose(disposing);
    }
}

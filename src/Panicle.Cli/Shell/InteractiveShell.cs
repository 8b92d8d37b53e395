namespace Panicle.Cli;

/// <summary>The shell on a terminal: line editing, paging, and Ctrl-C that stops the command and not the shell.</summary>
internal sealed class InteractiveShell(CommandRunner runner, ITerminal terminal, Stream output, Interrupts interrupts)
{
    private const string Prompt = "panicle> ";

    /// <summary>How long a command may take to notice Ctrl-C before it is left behind.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Reads and runs lines until <c>quit</c> or Ctrl-D.</summary>
    public void Run(LineEditor editor, History history)
    {
        while (!runner.Session.IsEnding)
        {
            var (ending, line) = editor.Read(Prompt);
            if (ending == LineEditor.Ending.End)
                return;
            history.Add(line.TrimEnd());
            RunLine(line);
        }
    }

    /// <summary>Runs one line, on a thread of its own, so that it can be left behind when it doesn't stop.</summary>
    public void RunLine(string line)
    {
        using var said = new StringWriter();
        using var errors = new MessageWriter(said);
        var detachable = new DetachableStream(output);
        using var cancellation = interrupts.Begin();
        var worker = new Thread(() => RunOn(line, detachable, errors, cancellation.Token)) { IsBackground = true, Name = line };
        worker.Start();
        if (!Wait(worker, cancellation.Token))
        {
            detachable.Detach();
            errors.WriteLine("the command doesn't stop and was left behind");
        }
        interrupts.End();
        terminal.Write(said.ToString());
    }

    private void RunOn(string line, Stream stream, TextWriter errors, CancellationToken cancellation)
    {
        try
        {
            using var screen = runner.Session.Settings.Scroll ? Paged(stream) : stream;
            new LineRunner(runner, errors).Run(line, screen, terminal.Width, cancellation);
        }
        catch (BrokenPipeException)
        {
            // The pager was left, or this command was.
        }
        catch (Exception e) when (e is IOException or CommandException or System.ComponentModel.Win32Exception)
        {
            errors.WriteLine(e.Message);
        }
    }

    private PagerStream Paged(Stream stream) =>
        new(stream, terminal.Width, terminal.Height, () => SystemShell.Open($"| {Pager}"));

    // "less" is not on every machine, "more" nearly so.
    private static string Pager => Environment.GetEnvironmentVariable("PAGER") is { Length: > 0 } pager
        ? pager
        : SystemProgram.Find("less") is { } less ? $"exec {less} -RFX" : SystemProgram.Find("more") ?? "/bin/cat";

    private bool Wait(Thread worker, CancellationToken cancellation)
    {
        while (!worker.Join(TimeSpan.FromMilliseconds(50)))
        {
            if (cancellation.IsCancellationRequested)
                return worker.Join(Grace);
        }
        return true;
    }
}

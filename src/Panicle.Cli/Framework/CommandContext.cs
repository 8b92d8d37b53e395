using Panicle.Kernel;
using Panicle.Kernel.Sched;

namespace Panicle.Cli;

/// <summary>What a running command may use.</summary>
internal sealed class CommandContext(Session session, CommandSet commands, CancellationToken cancellation)
{
    // Rewriting may yield another line to rewrite; four steps are more than any command needs.
    private const int MaxRewrites = 4;
    private readonly List<string> _notes = [];

    /// <summary>The open dump and the shell's state.</summary>
    public Session Session => session;

    /// <summary>The commands there are.</summary>
    public CommandSet Commands => commands;

    /// <summary>The shell's settings (<c>set</c>).</summary>
    public Settings Settings => session.Settings;

    /// <summary>Set by Ctrl-C. Loops over much data ask it once per element.</summary>
    public CancellationToken Cancellation => cancellation;

    /// <summary>What was said with <see cref="Note"/>.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>
    /// Says something beside the result: a part that couldn't be read, a value that is a guess. Text output shows it on
    /// standard error after the result, JSON in <c>notes</c>.
    /// </summary>
    public void Note(string message)
    {
        if (!_notes.Contains(message))
            _notes.Add(message);
    }

    /// <summary>Reads one value of many: null with a note where it can't be had, so that the others are shown.</summary>
    public T? Read<T>(string what, Func<T?> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (KernelReadException failure)
        {
            Note($"{what}: {failure.Message}");
            return null;
        }
    }

    /// <summary><see cref="Read{T}"/> for numbers and other values.</summary>
    public T? ReadValue<T>(string what, Func<T> read)
        where T : struct
    {
        try
        {
            return read();
        }
        catch (KernelReadException failure)
        {
            Note($"{what}: {failure.Message}");
            return null;
        }
    }

    /// <summary>Finds the command of a line, rewriting the line where a command claims it.</summary>
    /// <exception cref="UsageException">No command knows the line.</exception>
    public (Command Command, CommandLine Line) Resolve(CommandLine line)
    {
        var current = line;
        for (var i = 0; i < MaxRewrites; i++)
        {
            if (commands.Find(current.Name) is { } command)
                return (command, current);
            var rewritten = commands.All.Select(c => c.Rewrite(current, this)).FirstOrDefault(r => r is not null);
            if (rewritten is null)
                break;
            current = CommandLine.Parse(rewritten);
        }
        throw new UsageException($"unknown command '{line.Name}'; 'help' lists the commands");
    }

    /// <summary>A context in which a task is the current one, with notes of its own: for running one command on many tasks at once.</summary>
    public CommandContext ForTask(KernelTask task) => new(session.ForTask(task), commands, cancellation);

    /// <summary>Computes another command's result: for commands that run commands (<c>foreach bt</c>). Notes come here.</summary>
    public CommandResult Compute(string line)
    {
        var (command, resolved) = Resolve(CommandLine.Parse(line));
        return command.Compute(this, ArgumentParser.Parse(command.Info, resolved.Arguments));
    }
}

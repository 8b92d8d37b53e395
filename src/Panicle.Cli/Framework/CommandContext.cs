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

    /// <summary>Gets what couldn't be read, so that the rest is shown: it is said in the notes.</summary>
    public Losses Losses { get; } = new(cancellation);

    /// <summary>
    /// What is said beside the result: with <see cref="Note"/>, and what is lost. Text output shows it on standard error after
    /// the result, JSON in <c>notes</c>.
    /// </summary>
    public IReadOnlyList<string> Notes => [.. _notes.Concat(Losses.Sentences).Distinct()];

    /// <summary>Says something beside the result: a value that is a guess, what was left out.</summary>
    public void Note(string message) => _notes.Add(message);

    /// <summary>Says what another context has to say: the losses of many are counted together.</summary>
    public void AddNotesOf(CommandContext other)
    {
        _notes.AddRange(other._notes);
        Losses.Add(other.Losses);
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
        throw new UsageException($"unknown command '{line.Name}'{Suggestion.For(line.Name, commands.Entries.Select(e => e.Name))}"
            + "; 'help' lists the commands");
    }

    /// <summary>
    /// A context in which a task is the current one, with notes of its own: for running one command on many tasks at once.
    /// </summary>
    public CommandContext ForTask(KernelTask task) => new(session.ForTask(task), commands, cancellation);

    /// <summary>Computes another command's result: for commands that run commands (<c>foreach bt</c>). Notes come here.</summary>
    public CommandResult Compute(string line)
    {
        var (command, resolved) = Resolve(CommandLine.Parse(line));
        return command.Compute(this, ArgumentParser.Parse(command.Info, resolved.Arguments));
    }
}

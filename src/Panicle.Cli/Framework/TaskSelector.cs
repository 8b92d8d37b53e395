using System.Text.RegularExpressions;
using Panicle.Kernel.Sched;

namespace Panicle.Cli;

/// <summary>The tasks that people mean by a PID, a task's address, a command name or a pattern of names.</summary>
internal static class TaskSelector
{
    private static readonly TimeSpan MatchTimeout = TimeSpan.FromSeconds(1);

    /// <summary>The tasks that any of the words names, in the order of <c>ps</c>; all tasks for no words.</summary>
    /// <exception cref="CommandException">A word names none.</exception>
    public static IReadOnlyList<KernelTask> Select(Session session, IReadOnlyList<string> words)
    {
        if (words.Count == 0)
            return session.Kernel.Tasks.All;
        var chosen = new HashSet<ulong>();
        var unlisted = new List<KernelTask>();
        foreach (var word in words)
        {
            foreach (var task in Named(session, word))
            {
                if (chosen.Add(task.Address) && !session.Kernel.Tasks.All.Contains(task))
                    unlisted.Add(task); // Given by address, and on no list any more.
            }
        }
        return [.. session.Kernel.Tasks.All.Where(task => chosen.Contains(task.Address)), .. unlisted];
    }

    /// <summary>The tasks that a word names.</summary>
    public static IReadOnlyList<KernelTask> Named(Session session, string word)
    {
        var tasks = session.Kernel.Tasks;
        if (!word.StartsWith('\\'))
        {
            // PID 0 is every CPU's idle task.
            if (Numbers.TryParse(word, out var pid) && pid <= int.MaxValue
                && tasks.All.Where(task => task.Pid == (int)pid).ToList() is { Count: > 0 } byPid)
                return byPid;
            if (Numbers.TryParseHex(word, out var address) && session.Kernel.Memory.IsKernelAddress(address)
                && tasks.At(address) is { } byAddress)
                return [byAddress];
        }
        var name = word.TrimStart('\\');
        var named = tasks.All.Where(task => TaskHeader.CommandOf(task) == name).ToList();
        if (named.Count == 0 && Pattern(word) is { } pattern)
            named = [.. tasks.All.Where(task => pattern.IsMatch(TaskHeader.CommandOf(task)))];
        return named.Count > 0
            ? named
            : throw new CommandException(
                $"there is no task '{word}': give a PID, the address of a task_struct, "
                    + "a command name or a 'regular expression' of names");
    }

    private static Regex? Pattern(string text)
    {
        if (text.IndexOfAny(['.', '*', '+', '?', '^', '$', '[', '(', '|']) < 0)
            return null;
        try
        {
            return new Regex(text, RegexOptions.CultureInvariant, MatchTimeout);
        }
        catch (ArgumentException e)
        {
            throw new CommandException($"'{text}' is not a regular expression: {e.Message}");
        }
    }
}

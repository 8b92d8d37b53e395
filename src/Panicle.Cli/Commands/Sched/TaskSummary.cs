namespace Panicle.Cli.Commands.Sched;

/// <summary>A task as the shell introduces it: in <c>sys</c> and <c>set</c>.</summary>
internal sealed record TaskSummary(int Pid, string Command, Address Task, int Cpu, string State, bool IsPanicking)
{
    /// <summary>The current task, or null with a note that says why there is none.</summary>
    public static TaskSummary? OfCurrent(CommandContext context)
    {
        try
        {
            return context.Losses.Try("current task", () => Of(context.Session));
        }
        catch (CommandException failure)
        {
            context.Note(failure.Message);
            return null;
        }
    }

    /// <summary>Writes it as crash does, the labels flush right in this width.</summary>
    public void WriteTo(TextOutput output, int width)
    {
        Line("PID", $"{Pid}");
        Line("COMMAND", $"\"{Command}\"");
        // Since 4.9 a thread_info is the start of its task_struct.
        Line("TASK", $"{Task}  [THREAD_INFO: {Task}]");
        Line("CPU", $"{Cpu}");
        Line("STATE", State + (IsPanicking ? " (PANIC)" : ""));

        void Line(string label, string value) => output.Line($"{label.PadLeft(width)}: {value}");
    }

    private static TaskSummary Of(Session session)
    {
        var task = session.CurrentTask;
        return new TaskSummary(
            task.Pid, task.Command, task.Address, task.Cpu, task.State.Name, session.Kernel.Crash.Task?.Address == task.Address);
    }
}

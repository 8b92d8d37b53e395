using System.Globalization;
using Panicle.Kernel;
using Panicle.Kernel.Sched;

namespace Panicle.Cli;

/// <summary>The line above what is shown of one task, the same in every command.</summary>
internal static class TaskHeader
{
    /// <summary><c>PID: 142      TASK: ffff9e8982a5af80  CPU: 1    COMMAND: "sh"</c></summary>
    public static string Of(int pid, Address task, int? cpu, string command) =>
        $"PID: {pid,-8} TASK: {task}  CPU: {cpu?.ToString(CultureInfo.InvariantCulture) ?? "?",-4} COMMAND: \"{command}\"";

    /// <summary>The line for a task; "?" stands for what can't be read.</summary>
    public static string Of(KernelTask task) => Of(
        task.Pid, task.Address, Losses.Ignored.Try(() => task.Cpu), CommandOf(task));

    /// <summary>The task's command name, or "?" if it can't be read.</summary>
    public static string CommandOf(KernelTask task) => Losses.Ignored.Try(() => task.Command) ?? "?";
}

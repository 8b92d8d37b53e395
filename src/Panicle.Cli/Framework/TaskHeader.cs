namespace Panicle.Cli;

/// <summary>The line above what is shown of one task, the same in every command.</summary>
internal static class TaskHeader
{
    /// <summary><c>PID: 142      TASK: ffff9e8982a5af80  CPU: 1    COMMAND: "sh"</c></summary>
    public static string Of(int pid, Address task, int? cpu, string command) =>
        $"PID: {pid,-8} TASK: {task}  CPU: {cpu?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "?",-4} COMMAND: \"{command}\"";
}

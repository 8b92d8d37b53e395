using System.Text.Json;
using System.Text.Json.Nodes;
using Panicle.Kernel.Sched;

namespace Panicle.Cli.Commands.Sched;

/// <summary>task: the task_struct of a task.</summary>
internal sealed class TaskCommand : Command
{
    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("task", "the task_struct of a task")
    {
        SchemaVersion = 2,
        Options =
        [
            Option.Value("-R", "MEMBER,...", "only these members"),
            Option.Flag("-x", "numbers in hexadecimal"),
            Option.Flag("-d", "numbers in decimal"),
        ],
        OneOf = [new("-x", "-d")],
        Operands = [Operand.Any("PID | TASK", Completes.Tasks)],
        Description = """
            The content of a task's task_struct, whole or only the members given, as 'struct task_struct' shows it. Without an
            operand: the current task. The thread_info is its first member.

            JSON: 'tasks' has for each task its pid, address and command, and in 'value' the result of 'struct'.
            """,
        Examples =
        [
            new("task -R pid,comm,se.vruntime 1", """
                PID: 1        TASK: ff2e6e85811f4180  CPU: 0    COMMAND: "init"
                  pid = 1,
                  comm = "init",
                  se.vruntime = 6770696722,
                """),
        ],
    };

    /// <inheritdoc/>
    public override CommandResult Compute(CommandContext context, ParsedArguments arguments)
    {
        var members = arguments.Value("-R") is { } list ? $".{list.Replace(" ", "", StringComparison.Ordinal)}" : "";
        var radix = arguments.Has("-x") ? "-x " : arguments.Has("-d") ? "-d " : "";
        var tasks = arguments.Operands.Count == 0
            ? [context.Session.CurrentTask]
            : arguments.Operands.Select(context.Session.FindTask);
        return new TaskResult(
            [.. tasks.Select(task => (task, context.Compute($"struct {radix}task_struct{members} 0x{task.Address:x}")))]);
    }

    /// <inheritdoc/>
    public override JsonObject Schema => JsonNode.Parse("""
        {
          "type": "object",
          "properties": {
            "tasks": {
              "type": "array",
              "items": {
                "type": "object",
                "properties": {
                  "pid": { "type": "integer" },
                  "task": { "type": "string", "pattern": "^0x[0-9a-f]+$" },
                  "command": { "type": "string" },
                  "value": { "type": "object", "description": "the result of struct" }
                },
                "required": ["pid", "task", "command", "value"]
              }
            }
          },
          "required": ["tasks"]
        }
        """)!.AsObject();

    private sealed class TaskResult(IReadOnlyList<(KernelTask Task, CommandResult Value)> tasks) : CommandResult
    {
        public override void WriteText(TextOutput output)
        {
            for (var i = 0; i < tasks.Count; i++)
            {
                if (i > 0)
                    output.Line();
                var task = tasks[i].Task;
                output.Line(TaskHeader.Of(task));
                tasks[i].Value.WriteText(output);
            }
        }

        public override void WriteJson(Utf8JsonWriter writer)
        {
            writer.WriteStartObject();
            writer.WriteStartArray("tasks");
            foreach (var (task, value) in tasks)
            {
                writer.WriteStartObject();
                writer.WriteNumber("pid", task.Pid);
                writer.WriteString("task", $"0x{task.Address:x}");
                writer.WriteString("command", TaskHeader.CommandOf(task));
                writer.WritePropertyName("value");
                value.WriteJson(writer);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
    }
}

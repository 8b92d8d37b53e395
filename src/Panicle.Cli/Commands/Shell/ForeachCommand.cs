using System.Text.Json;
using System.Text.Json.Nodes;
using Panicle.Kernel;
using Panicle.Kernel.Sched;

namespace Panicle.Cli.Commands.Shell;

/// <summary>foreach: runs a command for each of many tasks.</summary>
internal sealed class ForeachCommand : Command
{
    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("foreach", "run a command for each task")
    {
        OptionsFirst = true,
        Operands =
        [
            Operand.Some("PID | TASK | NAME | kernel | user | gleader | active | STATE | COMMAND",
                Completes.Tasks | Completes.Commands),
        ],
        Description = """
            Runs a command for every task, or for those that are chosen by the words before the command: PIDs, addresses,
            command names and patterns of names ('kworker.*'); 'kernel' or 'user' for threads of the kernel or all others,
            'gleader' for the first thread of each process, 'active' for the tasks on the CPUs; states such as RU, IN, UN, ZO.
            Words of one kind add up (IN UN: either), and a task has to be of every kind that is given (user UN: both). A
            task whose name is also a command's is written with a backslash: \bash.

            The command is any of the shell's. Those that take tasks (bt, ps, files, task, ...) get each task as their
            operand; for the others the task is the current one while they run. The tasks are worked on by all CPUs at once
            and shown in the order of ps.

            JSON: 'tasks' has for each task its pid, address, command and the command's own result.
            """,
        Examples =
        [
            new("foreach 1 2 ps", """
                      PID    PPID  CPU       TASK        ST  %MEM      VSZ      RSS  COMM
                >       1       0   0  ff2e6e85811f4180  RU   0.2     2260     1740  init
                        2       0   0  ff2e6e85811f20c0  IN   0.0        0        0  [kthreadd]
                """),
        ],
    };

    /// <inheritdoc/>
    public override CommandResult Compute(CommandContext context, ParsedArguments arguments)
    {
        var (choice, line) = Split(context, CommandLine.Parse(arguments.Text).Words);
        var (command, inner) = context.Resolve(CommandLine.Parse(line));
        arguments.Json |= inner.Arguments.Any(word => word.Text == "--json"); // Typed last, but meant for the whole.
        if (command is ForeachCommand)
            throw new UsageException("foreach doesn't run foreach");
        var takesTask = command.Info.Operands.Any(operand => operand.Completes.HasFlag(Completes.Tasks));
        var tasks = choice.Of(context.Session);
        var results = new TaskOutcome[tasks.Count];
        var contexts = new CommandContext[tasks.Count];
        RunAll(context, tasks.Count, i =>
        {
            contexts[i] = context.ForTask(tasks[i]);
            results[i] = Run(contexts[i], tasks[i], takesTask ? $"{line} 0x{tasks[i].Address:x}" : line);
        });
        foreach (var one in contexts)
            context.AddNotesOf(one);
        return new ForeachResult(results, command.Info.Schema, ShowsHeader: !takesTask);
    }

    /// <inheritdoc/>
    public override JsonObject Schema => JsonNode.Parse("""
        {
          "type": "object",
          "properties": {
            "schema": { "type": "string", "description": "the schema of each result" },
            "tasks": {
              "type": "array",
              "items": {
                "type": "object",
                "properties": {
                  "pid": { "type": "integer" },
                  "task": { "type": "string", "pattern": "^0x[0-9a-f]+$" },
                  "command": { "type": "string" },
                  "problem": { "type": "string", "description": "why there is no result" },
                  "result": { "type": "object" }
                },
                "required": ["pid", "task", "command"]
              }
            }
          },
          "required": ["schema", "tasks"]
        }
        """)!.AsObject();

    private static void RunAll(CommandContext context, int count, Action<int> run)
    {
        try
        {
            Parallel.For(0, count, new ParallelOptions { CancellationToken = context.Cancellation }, run);
        }
        catch (AggregateException failures)
        {
            // All fail for the same reason: the line is wrong.
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failures.InnerExceptions[0]);
        }
    }

    private static TaskOutcome Run(CommandContext context, KernelTask task, string line)
    {
        try
        {
            return new TaskOutcome(task, context.Compute(line), null);
        }
        catch (Exception e) when (e is KernelReadException or CommandException and not UsageException)
        {
            return new TaskOutcome(task, null, e.Message);
        }
    }

    // The words up to the first that names a command choose the tasks.
    private static (Choice Choice, string Line) Split(CommandContext context, IReadOnlyList<Word> words)
    {
        var choice = new Choice();
        for (var i = 0; i < words.Count; i++)
        {
            if (!words[i].IsQuoted && !Choice.IsKeyword(words[i].Text) && context.Commands.Find(words[i].Text) is not null)
                return (choice, string.Join(' ', words.Skip(i).Select(word => word.Raw)));
            choice.Add(words[i].Text);
        }
        throw new UsageException("there is no command: foreach [TASK...] COMMAND");
    }

    /// <summary>Which tasks are chosen.</summary>
    private sealed class Choice
    {
        private static readonly string[] States = ["RU", "IN", "UN", "ID", "ST", "TR", "ZO", "DE", "PA", "WA", "NE"];

        private readonly List<string> _names = [];
        private readonly HashSet<string> _states = [];
        private readonly HashSet<string> _kinds = [];

        public static bool IsKeyword(string word) => States.Contains(word) || word is "kernel" or "user" or "gleader" or "active";

        public void Add(string word)
        {
            if (States.Contains(word))
                _states.Add(word);
            else if (IsKeyword(word))
                _kinds.Add(word);
            else
                _names.Add(word);
        }

        public IReadOnlyList<KernelTask> Of(Session session) => [.. TaskSelector.Select(session, _names).Where(Fits)];

        private bool IsOfKinds(KernelTask task)
        {
            var isOfKernel = task.IdleOf is not null || task.IsKernelThread;
            return (_states.Count == 0 || _states.Contains(task.State.Letters))
                && (!_kinds.Contains("gleader") || task.IsLeader)
                && (!_kinds.Contains("active") || task.IsOnCpu)
                && (_kinds.Contains("kernel") == _kinds.Contains("user") || _kinds.Contains("kernel") == isOfKernel);
        }

        private bool Fits(KernelTask task)
        {
            if (_states.Count == 0 && _kinds.Count == 0)
                return true;
            // What can't be read of a task is of no kind.
            return Losses.Ignored.Try(() => IsOfKinds(task)) == true;
        }
    }

    /// <summary>What the command gave for one task: its result, or why there is none.</summary>
    private sealed record TaskOutcome(KernelTask Task, CommandResult? Result, string? Problem);

    private sealed class ForeachResult(IReadOnlyList<TaskOutcome> tasks, string schema, bool ShowsHeader) : CommandResult
    {
        public override int ExitCode =>
            tasks.Select(task => task.Result?.ExitCode ?? Cli.ExitCode.Done).DefaultIfEmpty(Cli.ExitCode.Done).Max();

        public override void WriteText(TextOutput output)
        {
            string? heading = null;
            foreach (var task in tasks)
            {
                var text = TextOf(task, output.Width);
                if (text.Length == 0)
                    continue;
                var first = text[..(text.IndexOf('\n') + 1)];
                // A table's heading is shown once, and its rows stay together.
                var continues = first.Length > 0 && first == heading;
                if (heading is not null && !continues)
                    output.Line();
                output.Lines(continues ? text.AsSpan(first.Length) : text);
                heading = first;
            }
        }

        public override void WriteJson(Utf8JsonWriter writer)
        {
            writer.WriteStartObject();
            writer.WriteString("schema", schema);
            writer.WriteStartArray("tasks");
            foreach (var task in tasks)
                WriteTask(writer, task);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        private string TextOf(TaskOutcome task, int width)
        {
            using var text = new StringWriter { NewLine = "\n" };
            var output = new TextOutput(text, width, CancellationToken.None);
            if (ShowsHeader || task.Problem is not null)
                output.Line(TaskHeader.Of(task.Task));
            if (task.Problem is not null)
                output.Line($"  (can't be shown: {task.Problem})");
            task.Result?.WriteText(output);
            return text.ToString();
        }

        private static void WriteTask(Utf8JsonWriter writer, TaskOutcome task)
        {
            writer.WriteStartObject();
            writer.WriteNumber("pid", task.Task.Pid);
            writer.WriteString("task", $"0x{task.Task.Address:x}");
            writer.WriteString("command", TaskHeader.CommandOf(task.Task));
            if (task.Problem is not null)
                writer.WriteString("problem", task.Problem);
            if (task.Result is not null)
            {
                writer.WritePropertyName("result");
                task.Result.WriteJson(writer);
            }
            writer.WriteEndObject();
        }
    }
}

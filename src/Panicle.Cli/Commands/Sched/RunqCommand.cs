using System.Globalization;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Formats.Json;
using Panicle.Kernel;
using Panicle.Kernel.Sched;

namespace Panicle.Cli.Commands.Sched;

/// <summary>The CPUs' run queues.</summary>
internal sealed record RunqResult(IReadOnlyList<RunqQueue> Queues);

/// <summary>
/// A run queue. CurrentSince is when the CPU began to run its task, on the same clock, and RunningFor
/// how long it had by the most advanced of the CPUs' clocks.
/// </summary>
internal sealed record RunqQueue(int Cpu, Address Queue, ulong ClockNanoseconds, RunqTask? Current,
    ulong? CurrentSinceNanoseconds, ulong? RunningForNanoseconds)
{
    public IReadOnlyList<RunqTask> Deadline { get; init; } = [];
    public IReadOnlyList<RunqTask> RealTime { get; init; } = [];
    public IReadOnlyList<RunqTask> Fair { get; init; } = [];
    public Address RealTimeArray { get; init; }
    public Address FairTree { get; init; }
    public Address DeadlineTree { get; init; }
}

/// <summary>A task with the kernel's priority; for one that waits also how long ago it last ran, in nanoseconds.</summary>
internal sealed record RunqTask(int Pid, Address Task, string Command, int? Priority, ulong? SinceLastRunNanoseconds)
{
    /// <summary>Whether its group has used up its share of the CPU, so that it has no turn for now.</summary>
    public bool IsThrottled { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(RunqResult))]
internal sealed partial class RunqJson : JsonSerializerContext;

/// <summary>runq: who runs and who waits for a CPU.</summary>
internal sealed class RunqCommand : Command<RunqResult>
{
    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("runq", "run queues of the CPUs")
    {
        SchemaVersion = 3,
        Options =
        [
            Option.Flag("-t", "each queue's clock, and when its task came onto the CPU"),
            Option.Flag("-m", "how long each CPU had been running its task"),
            Option.NumberList("-c", "CPUS", "only these CPUs: 0,2-3"),
        ],
        OneOf = [new("-t", "-m")],
        Description = """
            For each CPU: its struct rq, the task that it was running, and the tasks that waited for it, each with its
            priority: deadline tasks (if there are any), real-time tasks and ordinary ones. The running task is not among the
            waiting ones, nor is one that only stays queued for a while after it went to sleep (6.12 and later).

            The order is that of the queue within one group of tasks (cgroup); groups follow one another. "(throttled)" marks
            tasks whose group has used up its time (cpu.max): they have no turn before it gets more.

            JSON also has how long ago each waiting task had last run.
            """,
        Examples =
        [
            new("runq -c 0", """
                CPU 0 RUNQUEUE: ff2e6e85be231980
                  CURRENT: PID: 1      TASK: ff2e6e85811f4180  COMMAND: "init"
                  RT PRIO_ARRAY: ff2e6e85be231bc0
                     [no tasks queued]
                  CFS RB_ROOT: ff2e6e85be231a30
                     [no tasks queued]
                """),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<RunqResult> JsonType => RunqJson.Default.RunqResult;

    /// <inheritdoc/>
    protected override RunqResult Execute(CommandContext context, ParsedArguments arguments)
    {
        var kernel = context.Session.Kernel;
        var wanted = CpuSpecification.Named(context, arguments, "-c");
        var times = kernel.Sched.Times;
        var queues = new List<RunqQueue>();
        foreach (var cpu in kernel.Cpus.Online.Where(cpu => wanted is null || wanted.Contains(cpu)))
        {
            context.Cancellation.ThrowIfCancellationRequested();
            var queue = context.Losses.Try(
                $"the run queue of CPU {cpu}", () => kernel.Sched.RunQueues.Of(cpu, context.Losses));
            if (queue is not null)
                queues.Add(QueueOf(context.Losses, times, queue));
        }
        return new RunqResult(queues);
    }

    /// <inheritdoc/>
    protected override void WriteText(RunqResult result, View view, TextOutput output)
    {
        for (var i = 0; i < result.Queues.Count; i++)
        {
            var queue = result.Queues[i];
            if (view.Has("-t"))
                WriteTimestamps(queue, output);
            else if (view.Has("-m"))
                output.Line($" CPU {queue.Cpu}: [{Elapsed(queue.RunningForNanoseconds)}]  {NameOf(queue.Current)}");
            else
                WriteTasks(queue, isFirst: i == 0, output);
        }
    }

    private static RunqQueue QueueOf(Losses losses, TaskTimesReader times, RunQueue queue)
    {
        var current = queue.Current;
        var result = new RunqQueue(
            queue.Cpu, queue.Address, queue.Clock, current is null ? null : TaskOf(current, null, null, losses),
            current is null ? null : losses.Try(() => times.LastArrivalOf(current)),
            current is null ? null : losses.Try(() => times.SinceLastRun(current)))
        {
            RealTimeArray = queue.RealTimeArray,
            FairTree = queue.FairTree,
            DeadlineTree = queue.DeadlineTree,
            Deadline = Waiting(queue.Deadline),
            RealTime = Waiting(queue.RealTime),
            Fair = Waiting(queue.Fair),
        };
        return result;

        IReadOnlyList<RunqTask> Waiting(IReadOnlyList<QueuedTask> tasks) =>
            [.. tasks.Select(task => TaskOf(task.Task, task.Priority, losses.Try(() => times.SinceLastRun(task.Task)), losses)
                with { IsThrottled = task.IsThrottled })];
    }

    private static RunqTask TaskOf(KernelTask task, int? priority, ulong? since, Losses losses) =>
        new(task.Pid, task.Address, losses.Try(() => task.Command) ?? "?", priority, since);

    private static void WriteTasks(RunqQueue queue, bool isFirst, TextOutput output)
    {
        if (!isFirst)
            output.Line();
        output.Line($"CPU {queue.Cpu} RUNQUEUE: {queue.Queue}");
        output.Line($"  CURRENT: {NameOf(queue.Current)}");
        if (queue.Deadline.Count > 0)
            WriteWaiting("DL RB_ROOT", queue.DeadlineTree, queue.Deadline, output);
        WriteWaiting("RT PRIO_ARRAY", queue.RealTimeArray, queue.RealTime, output);
        WriteWaiting("CFS RB_ROOT", queue.FairTree, queue.Fair, output);
    }

    private static void WriteWaiting(string name, Address address, IReadOnlyList<RunqTask> tasks, TextOutput output)
    {
        output.Line($"  {name}: {address}");
        if (tasks.Count == 0)
            output.Line("     [no tasks queued]");
        foreach (var task in tasks)
            output.Line($"     [{task.Priority,3}] {NameOf(task)}{(task.IsThrottled ? "  (throttled)" : "")}");
    }

    private static void WriteTimestamps(RunqQueue queue, TextOutput output)
    {
        output.Line($" CPU {queue.Cpu}: {queue.ClockNanoseconds}");
        output.Line(
            $"        {queue.CurrentSinceNanoseconds?.ToString("d11", CultureInfo.InvariantCulture) ?? "    unknown"}  "
                + $"{NameOf(queue.Current)}");
    }

    private static string NameOf(RunqTask? task) =>
        task is null ? "(unknown)" : $"PID: {task.Pid,-6} TASK: {task.Task}  COMMAND: \"{task.Command}\"";

    private static string Elapsed(ulong? nanoseconds) => nanoseconds is { } known ? Durations.WithMilliseconds(known) : "unknown";
}

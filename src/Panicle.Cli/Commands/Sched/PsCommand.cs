using System.Globalization;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Formats.Json;
using Panicle.Kernel;
using Panicle.Kernel.Sched;

namespace Panicle.Cli.Commands.Sched;

/// <summary>Tasks; or with -S how many there are in each state.</summary>
internal sealed record PsResult(IReadOnlyList<PsTask> Tasks, IReadOnlyList<PsCount>? States);

/// <summary>What is asked of each task.</summary>
internal enum PsForm
{
    Table,
    StackTable,
    LastRun,
    LastArrival,
    Counts,
    Lineage,
    Children,
    Threads,
    Times,
    Limits,
    Arguments,
}

/// <summary>How many tasks are in a state.</summary>
internal sealed record PsCount(string State, int Count);

/// <summary>
/// One task. Memory in KiB, a value that can't be read is null. ResidentKiB is exact;
/// CountedResidentKiB leaves out what single threads or CPUs had not yet added to the process's counters, as /proc does on
/// many kernels. What follows Command is there when its option was given.
/// </summary>
internal sealed record PsTask(
    int Pid, int Tgid, int? ParentPid, int? Cpu, Address Task, string? State, bool? OnCpu, double? MemoryPercent,
    ulong? VirtualKiB, ulong? ResidentKiB, long? CountedResidentKiB, string? Command, bool? KernelThread)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Address? StackPointer { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ulong? LastArrivalNanoseconds { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ulong? SinceLastRunNanoseconds { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Policy { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PsTimes? Times { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<PsLimit>? Limits { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Arguments { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Environment { get; init; }


    /// <summary>Its ancestors (the first task first), children or threads.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<PsRelative>? Relatives { get; init; }

    /// <summary>Why what was asked for beside the table can't be shown.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Problem { get; init; }
}

/// <summary>A task that another is related to.</summary>
internal sealed record PsRelative(int Pid, Address Task, int? Cpu, string? Command);

/// <summary>When a task started and ran, in nanoseconds; RunTime since its start, Start since boot.</summary>
internal sealed record PsTimes(
    ulong RunTimeNanoseconds, ulong StartNanoseconds, ulong UserNanoseconds, ulong SystemNanoseconds, ulong? RunDelayNanoseconds);

/// <summary>A resource limit; null is unlimited.</summary>
internal sealed record PsLimit(string Name, ulong? Current, ulong? Maximum);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(PsResult))]
internal sealed partial class PsJson : JsonSerializerContext;

internal sealed class PsCommand : Command<PsResult>
{
    // In the order in which -S lists them.
    private static readonly string[] States = ["RU", "IN", "UN", "ID", "ST", "TR", "ZO", "DE", "PA", "WA", "NE", "??"];

    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("ps", "tasks and their state")
    {
        SchemaVersion = 2,
        Options =
        [
            Option.Flag("-k", "only threads of the kernel"),
            Option.Flag("-u", "only user tasks"),
            Option.Flag("-G", "only thread group leaders"),
            Option.Flag("-A", "only the tasks that the CPUs were running"),
            Option.Value(
                "-y", "POLICY", "only tasks of these scheduling policies: NORMAL,FIFO,RR,BATCH,IDLE,DEADLINE or their numbers"),
            Option.NumberList("-C", "CPUS", "only tasks of these CPUs: 0,2-3"),
            Option.Flag("-m", "how long ago each came onto a CPU, the latest first"),
            Option.Flag("-l", "when each came onto a CPU, on the scheduler's clock in nanoseconds, the latest first"),
            Option.Flag("-S", "how many tasks are in each state"),
            Option.Flag("-s", "the kernel stack pointer instead of the task's address"),
            Option.Flag("-p", "parents, up to the first task"),
            Option.Flag("-c", "children"),
            Option.Flag("-g", "the threads of its group"),
            Option.Flag("-t", "when it started, and its CPU time"),
            Option.Flag("-a", "command line and environment"),
            Option.Flag("-r", "resource limits"),
            Option.Flag("-H", "no headings"),
        ],
        OneOf = [new("-S", "-m", "-l", "-p", "-c", "-g", "-t", "-r", "-a", "-s") { Verb = "shown" }, new("-k", "-u")],
        Operands = [Operand.Any("PID | TASK | NAME | 'REGEX'", Completes.Tasks)],
        Description = """
            The tasks: every process, thread and thread of the kernel, or those that are named. '>' marks those that a CPU was
            running. ST is the state: RU running or ready, IN interruptible sleep, UN uninterruptible sleep, ID idle thread of
            the kernel, ST stopped, TR traced, ZO zombie, DE dead, PA parked, WA waking, NE new. VSZ and RSS are in KiB, %MEM
            is RSS of all memory that the kernel manages. Threads of the kernel and zombies stand in brackets.

            RSS counts every page that was resident at the crash. The kernel collects its counts lazily, and what ps or
            /proc showed on the running machine could be lower by up to some hundred KiB for each thread or CPU.

            -m and -l order the tasks by the moment at which they last came onto a CPU. For a task that sleeps, -m is
            therefore how long it has been waiting. The times are reckoned from the most advanced run queue's clock, since
            that of an idle CPU stands still.

            -a needs the process's own memory, which dumps mostly leave out.
            """,
        Examples =
        [
            new("ps 1 2 sleep", """
                      PID    PPID  CPU       TASK        ST  %MEM      VSZ      RSS  COMM
                >       1       0   0  ff2e6e85811f4180  RU   0.2     2260     1740  init
                        2       0   0  ff2e6e85811f20c0  IN   0.0        0        0  [kthreadd]
                      102       1   0  ff2e6e85821d0000  IN   0.2     2260     1440  sleep
                      103       1   1  ff2e6e85821d4180  IN   0.2     2260     1440  sleep
                      104       1   1  ff2e6e85821d8000  IN   0.2     2260     1448  sleep
                """),
            new("ps -m 1 2 104", """
                [0 00:00:00.009] [RU]  PID: 1        TASK: ff2e6e85811f4180  CPU: 0    COMMAND: "init"
                [0 00:00:05.404] [IN]  PID: 2        TASK: ff2e6e85811f20c0  CPU: 0    COMMAND: "kthreadd"
                [0 00:00:08.065] [IN]  PID: 104      TASK: ff2e6e85821d8000  CPU: 1    COMMAND: "sleep"
                """, "The latest to have run first."),
            new("ps -p 104", """
                PID: 0        TASK: ffffffffb5c1aa40  CPU: 0    COMMAND: "swapper/0"
                 PID: 1        TASK: ff2e6e85811f4180  CPU: 0    COMMAND: "init"
                  PID: 104      TASK: ff2e6e85821d8000  CPU: 1    COMMAND: "sleep"
                """),
            new("ps -S", """
                  RU: 3
                  IN: 18
                  ID: 38
                """),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<PsResult> JsonType => PsJson.Default.PsResult;

    /// <inheritdoc/>
    protected override PsResult Execute(CommandContext context, ParsedArguments arguments)
    {
        var form = FormOf(arguments);
        var reader = new PsReader(context, form);
        var tasks = new List<PsTask>();
        foreach (var task in Filter(context, arguments, TaskSelector.Select(context.Session, arguments.Operands)))
        {
            context.Cancellation.ThrowIfCancellationRequested();
            tasks.Add(reader.Read(task));
        }
        context.Losses.Add(context.Session.Kernel.Tasks.Losses, "the list of tasks may not be whole");
        if (form is PsForm.LastRun or PsForm.LastArrival)
            tasks = [.. tasks.OrderByDescending(task => task.LastArrivalNanoseconds ?? 0)];
        return form == PsForm.Counts ? new PsResult([], Count(tasks)) : new PsResult(tasks, null);
    }

    /// <inheritdoc/>
    protected override void WriteText(PsResult result, View view, TextOutput output)
    {
        var form = FormOf(view.Arguments);
        switch (form)
        {
            case PsForm.Counts:
                foreach (var state in result.States!)
                    output.Line($"  {state.State}: {state.Count}");
                break;
            case PsForm.Table or PsForm.StackTable:
                PsText.Table(result.Tasks, form == PsForm.StackTable, !view.Has("-H"), output);
                break;
            case PsForm.LastRun or PsForm.LastArrival:
                PsText.Arrivals(result.Tasks, form == PsForm.LastArrival, output);
                break;
            default:
                PsText.Blocks(result.Tasks, form, output);
                break;
        }
    }

    private static PsForm FormOf(ParsedArguments arguments) =>
        arguments.OneOf("-S", "-m", "-l", "-p", "-c", "-g", "-t", "-r", "-a", "-s") switch
        {
            "-S" => PsForm.Counts,
            "-m" => PsForm.LastRun,
            "-l" => PsForm.LastArrival,
            "-p" => PsForm.Lineage,
            "-c" => PsForm.Children,
            "-g" => PsForm.Threads,
            "-t" => PsForm.Times,
            "-r" => PsForm.Limits,
            "-a" => PsForm.Arguments,
            "-s" => PsForm.StackTable,
            _ => PsForm.Table,
        };

    private static IEnumerable<KernelTask> Filter(
        CommandContext context, ParsedArguments arguments, IEnumerable<KernelTask> tasks)
    {
        if (arguments.Has("-k"))
            tasks = tasks.Where(IsOfKernel);
        if (arguments.Has("-u"))
            tasks = tasks.Where(task => !IsOfKernel(task));
        if (arguments.Has("-G"))
            tasks = tasks.Where(task => task.IsLeader);
        if (arguments.Has("-A"))
            tasks = tasks.Where(task => Losses.Ignored.Try(() => task.IsOnCpu) == true);
        if (arguments.Value("-y") is { } policies)
        {
            var wanted = policies.Split(',').Select(name =>
                TaskPolicy.Parse(name) ?? throw new UsageException($"'{name}' is no scheduling policy")).ToHashSet();
            tasks = tasks.Where(task =>
                Losses.Ignored.Try(() => TaskPolicy.Of(task)) is { } policy && wanted.Contains(policy.Number));
        }
        if (CpuSpecification.Named(context, arguments, "-C") is { } cpus)
            tasks = tasks.Where(task => Losses.Ignored.Try(() => task.Cpu) is { } cpu && cpus.Contains(cpu));
        return tasks;
    }

    // What can't be read can't be asked for; the table without a filter shows it as unknown.
    private static bool IsOfKernel(KernelTask task) =>
        task.IdleOf is not null || Losses.Ignored.Try(() => task.IsKernelThread) == true;

    private static IReadOnlyList<PsCount> Count(IReadOnlyList<PsTask> tasks) =>
        [.. States.Select(state => new PsCount(state, tasks.Count(task => (task.State ?? "??") == state)))
            .Where(count => count.Count > 0)];

    /// <summary>Reads what is shown of tasks.</summary>
    private sealed class PsReader(CommandContext context, PsForm form)
    {
        private readonly KernelDump _kernel = context.Session.Kernel;
        private readonly ulong _pageKiB = context.Session.Kernel.PageSize / 1024;
        private readonly Losses _losses = context.Losses;
        private readonly ulong? _totalPages =
            Losses.Ignored.Try(() => context.Session.Kernel.System.TotalMemory) / context.Session.Kernel.PageSize;

        public PsTask Read(KernelTask task)
        {
            var memory = form == PsForm.Counts ? null : _losses.Try(() => _kernel.Sched.Memory.Of(task));
            var row = new PsTask(
                task.Pid, task.Tgid, _losses.Try(() => _kernel.Sched.Tree.ParentOf(task)?.Pid ?? 0), _losses.Try(() => task.Cpu),
                task.Address, _losses.Try(() => task.State.Letters), _losses.Try(() => task.IsOnCpu), Percent(memory),
                memory?.VirtualPages * _pageKiB, memory?.ResidentPages * _pageKiB, memory?.CountedPages * (long)_pageKiB,
                _losses.Try(() => task.Command), _losses.Try(() => task.Mm == 0));
            try
            {
                return WithDetails(row, task);
            }
            catch (KernelReadException failure)
            {
                return row with { Problem = failure.Message };
            }
        }

        private PsTask WithDetails(PsTask row, KernelTask task) => form switch
        {
            PsForm.LastRun or PsForm.LastArrival => row with
            {
                LastArrivalNanoseconds = Times.LastArrivalOf(task),
                SinceLastRunNanoseconds = Times.SinceLastRun(task)
            },
            PsForm.StackTable => row with
            {
                StackPointer = row.OnCpu == true ? null : _kernel.Unwinder.SwitchedOutStackPointer(task)
            },
            PsForm.Times => row with { Times = TimesOf(Times.Of(task)) },
            PsForm.Limits =>
                row with
                {
                    Limits = [.. task.Limits
                    .Select(limit => new PsLimit(limit.Name, Bound(limit.Current), Bound(limit.Maximum)))]
                },
            PsForm.Arguments => WithArguments(row, task.Arguments),
            PsForm.Lineage => row with { Relatives = Relatives(_kernel.Sched.Tree.LineageOf(task)) },
            PsForm.Children => row with { Relatives = Relatives(_kernel.Sched.Tree.ChildrenOf(task)) },
            PsForm.Threads => row with { Relatives = Relatives(_kernel.Sched.Tree.ThreadsOf(task)) },
            _ => row,
        };

        private TaskTimesReader Times => _kernel.Sched.Times;

        private PsTimes TimesOf(TaskTimes times)
        {
            var now = (ulong)(_kernel.Time.Uptime.Ticks * 100);
            return new PsTimes(now > times.Start ? now - times.Start : 0, times.Start, times.User, times.System, times.RunDelay);
        }

        private IReadOnlyList<PsRelative> Relatives(IEnumerable<KernelTask> tasks) =>
        [
            .. tasks.Select(task => new PsRelative(
                task.Pid, task.Address, _losses.Try(() => task.Cpu), _losses.Try(() => task.Command))),
        ];

        private double? Percent(TaskMemory? memory) => memory is { } read && _totalPages is { } total and not 0
            ? Math.Round(100.0 * read.ResidentPages / total, 2)
            : null;

        private static PsTask WithArguments(PsTask row, ProcessArguments read) =>
            row with { Arguments = read.Arguments, Environment = read.Environment };

        private static ulong? Bound(ulong limit) => limit == ResourceLimit.Unlimited ? null : limit;

    }

    private static class PsText
    {
        public static void Table(IReadOnlyList<PsTask> tasks, bool stack, bool headings, TextOutput output)
        {
            // The heading of the CPU sticks out to the right, as crash's does.
            var table = new TextTable(
                Column.Left("", 1), Column.Right("PID", 8, gap: 0), Column.Right("PPID", 8, gap: 0),
                Column.Right("CPU", 5, gap: 0), Column.Centred(stack ? " KSTACKP" : "TASK", gap: 1), Column.Left("ST"),
                Column.Right("%MEM", 6, gap: 0), Column.Right("VSZ", 9, gap: 0), Column.Right("RSS", 9, gap: 0),
                Column.Left("COMM"));
            foreach (var task in tasks)
            {
                var word = !stack ? task.Task.ToString() : task.StackPointer?.ToString() ?? "       --       ";
                table.Row(
                    task.OnCpu == true ? ">" : "", Show<int>(task.Pid), Show(task.ParentPid), Show(task.Cpu) + " ", word,
                    task.State ?? "??",
                    task.MemoryPercent?.ToString("f1", CultureInfo.InvariantCulture)
                        ?? "--", Show(task.VirtualKiB), Show(task.ResidentKiB),
                    NameOf(task));
            }
            table.WriteTo(output, headings);
        }

        public static void Arrivals(IReadOnlyList<PsTask> tasks, bool onClock, TextOutput output)
        {
            var width = tasks.Select(task => Show(task.LastArrivalNanoseconds).Length).DefaultIfEmpty(0).Max();
            foreach (var task in tasks)
            {
                var time = onClock ? Show(task.LastArrivalNanoseconds).PadLeft(width) : Ago(task.SinceLastRunNanoseconds);
                output.Line($"[{time}] [{task.State ?? "??"}]  {HeaderOf(task.Pid, task.Task, task.Cpu, task.Command ?? "?")}");
            }
        }

        public static void Blocks(IReadOnlyList<PsTask> tasks, PsForm form, TextOutput output)
        {
            for (var i = 0; i < tasks.Count; i++)
            {
                if (i > 0)
                    output.Line();
                var task = tasks[i];
                if (form != PsForm.Lineage || task.Relatives is null)
                    output.Line(HeaderOf(task.Pid, task.Task, task.Cpu, task.Command ?? "?"));
                if (task.Problem is not null)
                    output.Line($"  (can't be shown: {task.Problem})");
                else
                    Block(form, task, output);
            }
        }

        private static void Block(PsForm form, PsTask task, TextOutput output)
        {
            switch (form)
            {
                case PsForm.Lineage:
                    for (var i = 0; i < task.Relatives!.Count; i++)
                        output.Line(new string(' ', i) + HeaderOf(task.Relatives[i]));
                    break;
                case PsForm.Children or PsForm.Threads:
                    if (task.Relatives!.Count == 0)
                        output.Line(form == PsForm.Children ? "  (no children)" : "  (no threads)");
                    foreach (var relative in task.Relatives)
                        output.Line($"  {HeaderOf(relative)}");
                    break;
                case PsForm.Times:
                    WriteTimes(task.Times!, output);
                    break;
                case PsForm.Limits:
                    WriteLimits(task.Limits!, output);
                    break;
                case PsForm.Arguments:
                    var arguments = task.KernelThread == true ? "(thread of the kernel)" : string.Join(' ', task.Arguments!);
                    output.Line($"ARG: {arguments}");
                    for (var i = 0; i < task.Environment!.Count; i++)
                        output.Line((i == 0 ? "ENV: " : "     ") + task.Environment[i]);
                    break;
            }
        }

        private static void WriteTimes(PsTimes times, TextOutput output)
        {
            output.Line($"    RUN TIME: {Durations.InSeconds(times.RunTimeNanoseconds)}");
            output.Line($"  START TIME: {times.StartNanoseconds}");
            output.Line($"       UTIME: {times.UserNanoseconds}");
            output.Line($"       STIME: {times.SystemNanoseconds}");
        }

        private static void WriteLimits(IReadOnlyList<PsLimit> limits, TextOutput output)
        {
            var table = new TextTable(Column.Right("RLIMIT", 12), Column.Right("CURRENT  ", 12), Column.Right("MAXIMUM  ", 12));
            foreach (var limit in limits)
                table.Row(limit.Name, Bound(limit.Current), Bound(limit.Maximum));
            table.WriteTo(output);
        }

        private static string HeaderOf(PsRelative task) => HeaderOf(task.Pid, task.Task, task.Cpu, task.Command ?? "?");

        private static string HeaderOf(int pid, Address task, int? cpu, string command) => TaskHeader.Of(pid, task, cpu, command);

        private static string NameOf(PsTask task) => task.KernelThread == true ? $"[{task.Command ?? "?"}]" : task.Command ?? "?";

        private static string Bound(ulong? limit) => limit is null ? "(unlimited)" : Show(limit);

        private static string Show<T>(T? value)
            where T : struct, IFormattable => value?.ToString(null, CultureInfo.InvariantCulture) ?? "--";

        private static string Ago(ulong? nanoseconds) => nanoseconds is { } known ? Durations.WithMilliseconds(known) : "unknown";
    }
}

using System.Text.Json;

namespace Panicle.Cli.Tests.Commands.Sched;

/// <summary>
/// The facts are what the guest's own /proc said just before the crash: a few processes and threads of the lab's
/// programs, with these sizes.
/// </summary>
public sealed class PsCommandTests : IDisposable
{
    private readonly SampleDump _dump = SampleDump.NullDeref();

    public void Dispose() => _dump.Dispose();

    [Fact]
    public void Lists_processes_and_threads_as_the_kernel_did()
    {
        var tasks = TasksOf("ps");
        var crowd = tasks.Where(task => task.Name.StartsWith("crowd", StringComparison.Ordinal)).ToList();
        Assert.Equal(["crowd", "crowd/1", "crowd/2", "crowd/3"], crowd.Select(task => task.Name));
        Assert.Single(crowd.Select(task => task.Tgid).Distinct());
        Assert.All(crowd, task => Assert.Equal((1, "IN", 2400), (task.Parent, task.State, task.VirtualKiB)));
        var children = tasks.Where(task => task.Name.StartsWith("child-", StringComparison.Ordinal)).ToList();
        Assert.Equal(["child-0", "child-1"], children.Select(task => task.Name));
        Assert.All(children, task => Assert.Equal((crowd[0].Pid, "IN", 1108), (task.Parent, task.State, task.VirtualKiB)));
        Assert.All(tasks.Where(task => task.Parent == 2), task => Assert.True(task.OfKernel, task.Name));
    }

    [Fact]
    public void Marks_the_tasks_on_the_CPUs()
    {
        var ran = _dump.Run("ps");
        Assert.Equal("      PID    PPID  CPU       TASK        ST  %MEM      VSZ      RSS  COMM", ran.Lines[0]);
        Assert.Equal("", ran.Errors);
        var active = ran.Lines.Where(line => line.StartsWith('>')).ToList();
        Assert.Equal(2, active.Count);
        Assert.Contains(active, line => line.EndsWith("  witness", StringComparison.Ordinal));
        Assert.Equal(active, _dump.Run("ps -A -H").Lines);
        Assert.Matches(
            "^        2       0   [01]  [0-9a-f]{16}  IN   0\\.0        0        0  \\[kthreadd\\]$", _dump.Run("ps 2").Lines[1]);
    }

    [Fact]
    public void Names_and_patterns_choose()
    {
        Assert.Equal(2, TasksOf("ps sleep").Count);
        Assert.Equal(["ksoftirqd/0", "ksoftirqd/1"], TasksOf("ps 'ksoftirqd.*'").Select(task => task.Name));
        Assert.Equal([1, 2], TasksOf("ps 2 1").Select(task => task.Pid));
        Assert.Equal(["swapper/0", "swapper/1"], TasksOf("ps 0").Select(task => task.Name));
        Assert.All(TasksOf("ps -k"), task => Assert.True(task.OfKernel));
        Assert.All(TasksOf("ps -u"), task => Assert.False(task.OfKernel));
        Assert.DoesNotContain(TasksOf("ps -u -G"), task => task.Name == "crowd/1");
        Assert.Equal(["migration/0", "migration/1"], TasksOf("ps -y FIFO 'migration.*'").Select(task => task.Name));
        Assert.Contains("there is no task 'nobody'", _dump.Run("ps nobody").Errors);
        Assert.Contains("can't be shown together", _dump.Run("ps -m -t").Errors);
    }

    [Fact]
    public void Counts_states()
    {
        var total = TasksOf("ps").Count;
        var counts = _dump.Run("ps -S").Lines.ToDictionary(line => line.Trim()[..2], line => int.Parse(line[6..], null));
        Assert.Equal(["RU", "IN", "ID"], counts.Keys);
        Assert.Equal(total, counts.Values.Sum());
    }

    [Fact]
    public void Orders_by_the_last_run()
    {
        var result = _dump.Run("ps -m --json").Result.GetProperty("tasks");
        var since = result.EnumerateArray().Select(task => task.GetProperty("sinceLastRunNanoseconds").GetUInt64()).ToList();
        Assert.Equal(since.Order(), since);
        Assert.InRange(since[0], 0UL, 1_000_000_000UL);
        Assert.All(_dump.Run("ps -m").Lines, line => Assert.Matches(@"^\[0 00:00:\d\d\.\d{3}\] \[(RU|IN|ID)\]  PID: ", line));
    }

    [Fact]
    public void Knows_relatives()
    {
        var lines = _dump.Run("ps -p child-0").Lines;
        Assert.Equal(["swapper/0", "init", "crowd", "child-0"], lines.Select(line => line.Split('"')[1]));
        Assert.StartsWith("   PID: ", lines[3]);
        Assert.Equal(["crowd", "child-0", "child-1"], _dump.Run("ps -c crowd").Lines.Select(line => line.Split('"')[1]));
        Assert.Equal(
            ["crowd", "crowd/1", "crowd/2", "crowd/3"], _dump.Run("ps -g crowd").Lines.Select(line => line.Split('"')[1]));
        Assert.Equal("  (no children)", _dump.Run("ps -c child-0").Lines[1]);
        Assert.Equal("  (no threads)", _dump.Run("ps -g 1").Lines[1]);
    }

    [Fact]
    public void Shows_times_and_limits()
    {
        var times = _dump.Run("ps -t 1").Lines;
        Assert.Matches("^    RUN TIME: 00:00:1[0-9]$", times[1]);
        var limits = _dump.Run("ps -r 1 --json").Result.GetProperty("tasks")[0].GetProperty("limits").EnumerateArray()
            .ToDictionary(limit => limit.GetProperty("name").GetString()!);
        Assert.Equal(16, limits.Count);
        Assert.Equal((1024, 4096),
            (limits["NOFILE"].GetProperty("current").GetInt32(), limits["NOFILE"].GetProperty("maximum").GetInt32()));
        Assert.Equal(JsonValueKind.Null, limits["CPU"].GetProperty("current").ValueKind);
    }

    [Fact]
    public void Says_that_user_memory_was_left_out()
    {
        var ran = _dump.Run("ps -a crowd");
        Assert.Equal(0, ran.ExitCode);
        Assert.Contains("excluded by the dump filter", ran.Output);
        Assert.Contains("ARG: (thread of the kernel)", _dump.Run("ps -a 2").Output);
    }

    private List<Row> TasksOf(string line) =>
        [.. _dump.Run(line + " --json").Result.GetProperty("tasks").EnumerateArray().Select(Row.Of)];

    private sealed record Row(int Pid, int Tgid, int Parent, string Name, string State, int VirtualKiB, bool OfKernel)
    {
        public static Row Of(JsonElement task) => new(
            task.GetProperty("pid").GetInt32(), task.GetProperty("tgid").GetInt32(), task.GetProperty("parentPid").GetInt32(),
            task.GetProperty("command").GetString()!, task.GetProperty("state").GetString()!,
            task.GetProperty("virtualKiB").GetInt32(),
            task.GetProperty("kernelThread").GetBoolean());
    }
}

namespace Panicle.Cli.Tests.Commands.Sched;

public sealed class RunqCommandTests : IDisposable
{
    private readonly SampleDump _dump = SampleDump.NullDeref();

    public void Dispose() => _dump.Dispose();

    [Fact]
    public void Shows_who_ran_and_who_waited()
    {
        var ran = _dump.Run("runq");
        Assert.Equal("", ran.Errors);
        Assert.Matches("^CPU 0 RUNQUEUE: [0-9a-f]{16}$", ran.Lines[0]);
        Assert.EndsWith("COMMAND: \"witness\"", ran.Lines[1]);
        Assert.Equal(2, ran.Lines.Count(line => line.StartsWith("  RT PRIO_ARRAY: ", StringComparison.Ordinal)));
        Assert.Equal(2, ran.Lines.Count(line => line.StartsWith("  CFS RB_ROOT: ", StringComparison.Ordinal)));
        Assert.Equal(4, ran.Lines.Count(line => line == "     [no tasks queued]"));
    }

    [Fact]
    public void Agrees_with_ps()
    {
        var queues = _dump.Run("runq --json").Result.GetProperty("queues").EnumerateArray().ToList();
        var running = queues.Select(queue => queue.GetProperty("current").GetProperty("task").GetString()).Order();
        var active = _dump.Run("ps -A --json").Result.GetProperty("tasks").EnumerateArray()
            .Select(task => task.GetProperty("task").GetString()).Order();
        Assert.Equal(active, running);
        Assert.All(_dump.Run("runq -m").Lines, line => Assert.Matches(@"^ CPU [01]: \[0 00:00:\d\d\.\d{3}\]  PID: ", line));
        Assert.Single(_dump.Run("runq -m -c 1").Lines);
    }
}

namespace Panicle.Cli.Tests.Commands.Sched;

public sealed class TaskCommandTests : IDisposable
{
    private readonly SampleDump _dump = SampleDump.NullDeref();

    public void Dispose() => _dump.Dispose();

    [Fact]
    public void Shows_members()
    {
        var lines = _dump.Run("task -R pid,comm 1 2").Lines;
        Assert.Matches("^PID: 1        TASK: [0-9a-f]{16}  CPU: \\d    COMMAND: \"init\"$", lines[0]);
        Assert.Equal("  pid = 1,", lines[1]);
        Assert.Equal("  comm = \"init\",", lines[2].Replace("\\000", "", StringComparison.Ordinal));
        Assert.StartsWith("PID: 2 ", lines[4]);
        Assert.Equal("  pid = 2,", lines[5]);
    }

    [Fact]
    public void Shows_the_whole_of_the_current_task()
    {
        var lines = _dump.Run("task").Lines;
        Assert.EndsWith("COMMAND: \"witness\"", lines[0]);
        Assert.Equal("struct task_struct {", lines[1]);
        Assert.Equal("}", lines[^1].TrimEnd(' '));
        Assert.Contains(lines, line => line.StartsWith("  comm = \"witness", StringComparison.Ordinal));
    }

    [Fact]
    public void Is_data()
    {
        var task = _dump.Run("task -R pid 2 --json").Result.GetProperty("tasks")[0];
        Assert.Equal("kthreadd", task.GetProperty("command").GetString());
        Assert.True(task.GetProperty("value").TryGetProperty("objects", out _));
    }
}

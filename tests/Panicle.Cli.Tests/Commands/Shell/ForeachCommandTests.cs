namespace Panicle.Cli.Tests.Commands.Shell;

public sealed class ForeachCommandTests : IDisposable
{
    private readonly SampleDump _dump = SampleDump.NullDeref();

    public void Dispose() => _dump.Dispose();

    [Fact]
    public void Runs_a_command_for_each_task_in_the_order_of_ps()
    {
        var result = _dump.Run("foreach bt --json").Result;
        Assert.Equal("panicle.bt/4", result.GetProperty("schema").GetString());
        var pids = result.GetProperty("tasks").EnumerateArray().Select(task => task.GetProperty("pid").GetInt32()).ToList();
        Assert.Equal(_dump.Run("ps --json").Result.GetProperty("tasks").GetArrayLength(), pids.Count);
        Assert.Equal(pids.Order(), pids);
        foreach (var task in result.GetProperty("tasks").EnumerateArray())
            Assert.True(task.GetProperty("result").GetProperty("tasks")[0].GetProperty("frames").GetArrayLength() > 0);
    }

    [Fact]
    public void Gives_what_the_command_gives_alone()
    {
        var alone = string.Concat("12".Select(pid => (pid == '1' ? "" : "\n") + _dump.Run($"bt -s {pid}").Output));
        Assert.Equal(alone, _dump.Run("foreach 1 2 bt -s").Output);
    }

    [Theory]
    [InlineData("foreach active ps", 2)]
    [InlineData("foreach sleep ps", 2)]
    [InlineData("foreach user 'crowd.*' gleader ps", 1)]
    [InlineData("foreach user 'crowd.*' IN ps", 4)]
    [InlineData("foreach user RU ps", 1)]
    [InlineData("foreach UN ps", 0)]
    public void Keywords_choose(string line, int count) =>
        Assert.Equal(count, _dump.Run(line + " --json").Result.GetProperty("tasks").GetArrayLength());

    [Fact]
    public void Joins_the_rows_of_a_table()
    {
        Assert.Equal(_dump.Run("ps sleep").Output, _dump.Run("foreach sleep ps").Output);
        Assert.Single(_dump.Run("foreach ps").Lines, line => line.Contains("PPID", StringComparison.Ordinal));
    }

    [Fact]
    public void Makes_the_task_current_for_commands_without_tasks()
    {
        var lines = _dump.Run("foreach 1 2 sym init_task").Lines;
        Assert.StartsWith("PID: 1 ", lines[0]);
        Assert.Contains(lines, line => line.StartsWith("PID: 2 ", StringComparison.Ordinal));
        Assert.DoesNotContain("PID: 2 ", _dump.Run("set").Output);
    }

    [Theory]
    [InlineData("foreach IN", "there is no command")]
    [InlineData("foreach foreach bt", "foreach doesn't run foreach")]
    [InlineData("foreach nobody bt", "there is no task 'nobody'")]
    [InlineData("foreach bt --nope", "unknown option --nope")]
    public void Says_what_is_wrong(string line, string message)
    {
        var ran = _dump.Run(line);
        Assert.NotEqual(0, ran.ExitCode);
        Assert.Contains(message, ran.Errors);
    }
}

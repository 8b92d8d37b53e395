namespace Panicle.Cli.Tests.Commands.Shell;

public sealed class SetCommandTests : IDisposable
{
    private readonly SampleDump _dump = SampleDump.Sysrq();

    public void Dispose() => _dump.Dispose();

    [Fact]
    public void The_panicking_task_is_current_until_another_is_set()
    {
        Assert.EndsWith("(PANIC)", _dump.Run("set").Lines[^1]);
        Assert.Equal("COMMAND: \"kthreadd\"", _dump.Run("set 2").Lines[1]);
        var task = _dump.Run("set --json").Result.GetProperty("task");
        Assert.Equal(2, task.GetProperty("pid").GetInt32());
        Assert.EndsWith("(PANIC)", _dump.Run("set -p").Lines[^1]);
        Assert.Equal("    PID: 2", _dump.Run($"set {task.GetProperty("task").GetString()}").Lines[0]);
    }

    [Fact]
    public void Settings_change()
    {
        Assert.Contains("radix: 16\n", _dump.Run("set hex").Output);
        Assert.Contains("+0x16", _dump.Run("sym sysrq_handle_crash+22").Output);
        Assert.Contains("radix: 10\n", _dump.Run("set radix 10").Output);
        Assert.Contains("scroll: off\n", _dump.Run("set scroll off").Output);
    }

    [Theory]
    [InlineData("set radix 8", "radix is 10 or 16")]
    [InlineData("set nope on", "there is no setting 'nope'")]
    [InlineData("set 999999", "there is no task '999999'")]
    [InlineData("set -c 999", "there is no CPU 999")]
    public void Says_what_is_wrong(string line, string message)
    {
        var ran = _dump.Run(line);
        Assert.NotEqual(0, ran.ExitCode);
        Assert.Contains(message, ran.Errors);
    }
}

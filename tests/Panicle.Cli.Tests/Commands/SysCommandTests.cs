using System.Text.Json;

namespace Panicle.Cli.Tests.Commands;

public sealed class SysCommandTests : IDisposable
{
    private readonly SampleDump _dump = SampleDump.Sysrq();

    public void Dispose() => _dump.Dispose();

    [Fact]
    public void Has_the_lines_of_the_header_in_their_order()
    {
        var labels = _dump.Run("sys").Lines.Select(l => l[..l.IndexOf(':', StringComparison.Ordinal)].Trim());
        Assert.Equal(
            [
                "KERNEL", "DUMPFILE", "CPUS", "DATE", "UPTIME", "LOAD AVERAGE", "TASKS", "NODENAME", "RELEASE", "VERSION",
                "MACHINE", "MEMORY",
                "PANIC", "PID", "COMMAND", "TASK", "CPU", "STATE"],
            labels);
    }

    [Fact]
    public void Says_how_the_machine_died()
    {
        var ran = _dump.Run("sys");
        Assert.Contains("       PANIC: \"Kernel panic - not syncing: sysrq triggered crash\"\n", ran.Output);
        Assert.EndsWith("       STATE: TASK_RUNNING (PANIC)\n", ran.Output);
        Assert.DoesNotContain("(unknown)", ran.Output);
        Assert.Equal("", ran.Errors);
    }

    [Fact]
    public void Is_data()
    {
        var result = _dump.Run("sys --json").Result;
        Assert.True(result.GetProperty("isPartial").GetBoolean());
        Assert.Equal(31, result.GetProperty("filterLevel").GetInt32());
        Assert.StartsWith("6.", result.GetProperty("release").GetString());
        Assert.Equal("x86_64", result.GetProperty("machine").GetString());
        Assert.Equal(3, result.GetProperty("loadAverage").GetArrayLength());
        Assert.InRange(result.GetProperty("tasks").GetInt32(), 30, 1000);
        Assert.InRange(result.GetProperty("uptimeSeconds").GetDouble(), 1, 3600);
        Assert.True(result.GetProperty("task").GetProperty("isPanicking").GetBoolean());
        Assert.Equal(JsonValueKind.Null, result.GetProperty("vmlinux").ValueKind);
    }
}

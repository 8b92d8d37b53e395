namespace Panicle.Cli.Tests.Commands;

/// <summary>A tree is compared with what another command says of the same objects.</summary>
public sealed class TreeCommandTests
{
    [Fact]
    public void The_PIDs_in_the_initial_namespaces_tree_are_those_of_all_tasks_and_groups()
    {
        using var dump = SampleDump.NullDeref();
        var entries = dump.Run("tree -t xarray -r pid_namespace.idr init_pid_ns").Lines.Count(line => line.StartsWith("ffff", StringComparison.Ordinal));
        var tasks = dump.Run("ps --json").Result.GetProperty("tasks").EnumerateArray().Select(task => task.GetProperty("pid").GetInt32()).Where(pid => pid != 0).Distinct().Count();
        Assert.True(entries >= tasks, $"{entries} entries, {tasks} PIDs");
    }
}

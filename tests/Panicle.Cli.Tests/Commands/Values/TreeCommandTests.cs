namespace Panicle.Cli.Tests.Commands.Values;

/// <summary>A tree is compared with what another command says of the same objects.</summary>
public sealed class TreeCommandTests
{
    [Fact]
    public void The_PIDs_in_the_initial_namespaces_tree_are_those_of_all_tasks_and_groups()
    {
        using var dump = SampleDump.NullDeref();
        var entries = dump.Run("tree -t xarray -r pid_namespace.idr init_pid_ns")
            .Lines.Count(line => line.StartsWith("ffff", StringComparison.Ordinal));
        var tasks = dump.Run("ps --json").Result.GetProperty("tasks").EnumerateArray()
            .Select(task => task.GetProperty("pid").GetInt32()).Where(pid => pid != 0).Distinct().Count();
        Assert.True(entries >= tasks, $"{entries} entries, {tasks} PIDs");
    }

    [Fact]
    public void The_memory_areas_of_a_task_are_as_many_as_its_map_count_and_in_order()
    {
        using var dump = SampleDump.NullDeref();
        var count = int.Parse(dump.Run("p current->mm->map_count").Output.Split("= ")[1]);
        var starts = dump.Run("tree -t maple current->mm->mm_mt -s vm_area_struct.vm_start").Lines
            .Where(line => line.StartsWith("  vm_start", StringComparison.Ordinal))
            .Select(line => ulong.Parse(line.Split("= ")[1].TrimEnd(','))).ToList();
        Assert.Equal(count, starts.Count);
        Assert.Equal(starts.Order(), starts);
    }
}

namespace Panicle.Kernel.Tests;

public class TaskListTests
{
    [Theory]
    [MemberData(nameof(Samples.Names), MemberType = typeof(Samples))]
    public void Idle_tasks_come_first_and_the_others_by_PID(string name)
    {
        var tasks = Samples.Named(name).Tasks;
        Assert.Empty(tasks.Losses);
        Assert.Equal(["swapper/0", "swapper/1"], tasks.All.Take(2).Select(task => task.Command));
        Assert.Equal([0, 1], tasks.All.Take(2).Select(task => task.IdleOf));
        var pids = tasks.All.Skip(2).Select(task => task.Pid).ToList();
        Assert.Equal(pids.Order(), pids);
        Assert.Equal(pids.Distinct(), pids);
        Assert.Equal("kthreadd", tasks.FindPid(2)!.Command);
    }

    [Theory]
    [MemberData(nameof(Samples.Names), MemberType = typeof(Samples))]
    public void The_panicking_task_was_on_the_panicking_CPU(string name)
    {
        var kernel = Samples.Named(name);
        var crash = kernel.Crash;
        Assert.Equal("panic_cpu", crash.Basis);
        Assert.Equal("witness", crash.Task!.Command);
        Assert.True(crash.Task.IsOnCpu);
        Assert.Equal(crash.Cpu, crash.Task.Cpu);
        Assert.Equal(kernel.Cpus.Online, kernel.Cpus.Registers.Keys.Order());
    }

    [Fact]
    public void Threads_are_listed_with_their_process()
    {
        var threads = Samples.NullDeref.Tasks.All.GroupBy(task => task.Tgid).Where(group =>
            group.Key != 0 && group.Count() > 1).ToList();
        Assert.NotEmpty(threads);
        Assert.All(threads, group => Assert.Single(group, task => task.IsLeader));
    }
}

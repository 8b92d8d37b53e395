namespace Panicle.Kernel.Tests;

public class TaskGroupsTests
{
    [Theory, MemberData(nameof(Samples.Names), MemberType = typeof(Samples))]
    public void Tasks_in_the_same_functions_are_one_group(string name)
    {
        var kernel = Samples.Named(name);
        var groups = kernel.Sched.Groups.ByStack(kernel.Tasks.All);
        Assert.Equal(kernel.Tasks.All.Count, groups.Sum(group => group.Tasks.Count));
        // The lab's two sleepers wait in the same call and in no one else's company.
        var sleepers = Assert.Single(groups, group => group.Tasks.Any(task => task.Task.Command == "sleep"));
        Assert.Equal(2, sleepers.Tasks.Count(task => task.Task.Command == "sleep"));
        Assert.Contains(sleepers.Trace.Frames, frame => frame.Function?.Name == "do_nanosleep");
        Assert.Equal(groups.Select(group => group.Tasks.Count).OrderDescending(), groups.Select(group => group.Tasks.Count));
        Assert.All(groups, group =>
            Assert.Equal(group.Tasks.Select(task => task.Waited).OrderDescending(), group.Tasks.Select(task => task.Waited)));
    }

    [Fact]
    public void Nobody_was_blocked() => Assert.Empty(Samples.NullDeref.Sched.Groups.Blocked());
}

namespace Panicle.Cli.Tests.Commands.Values;

public sealed class WhatisCommandTests
{
    [Theory]
    [InlineData("whatis struct list_head", "struct list_head *next;")]
    [InlineData("whatis init_task", "struct task_struct init_task;")]
    [InlineData("whatis runqueues", "struct rq runqueues;")]
    [InlineData("whatis schedule", "void schedule(void);")]
    [InlineData("whatis PIDTYPE_PGID", "enum pid_type = 2")]
    [InlineData("whatis task_struct.comm", "char comm[16];")]
    [InlineData("whatis init_task.tasks.next", "struct list_head *")]
    [InlineData("whatis pid_t", "typedef int pid_t;")]
    public void Says_the_type(string line, string expected)
    {
        using var dump = SampleDump.NullDeref();
        Assert.Contains(expected, dump.Run(line).Output);
    }
}

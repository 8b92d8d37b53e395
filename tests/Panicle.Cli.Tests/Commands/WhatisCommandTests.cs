namespace Panicle.Cli.Tests.Commands;

public sealed class WhatisCommandTests
{
    [Theory]
    [InlineData("whatis struct list_head", "struct list_head *next;")]
    [InlineData("whatis init_task", "struct task_struct init_task;")]
    [InlineData("whatis runqueues", "struct rq runqueues;")]
    public void Says_the_type(string line, string expected)
    {
        using var dump = SampleDump.NullDeref();
        Assert.Contains(expected, dump.Run(line).Output);
    }
}

namespace Panicle.Cli.Tests.Commands.Values;

/// <summary>The facts are those of the sample's own bt, ps and struct, and C's rules.</summary>
public sealed class PCommandTests
{
    [Theory]
    [InlineData("p current->comm", "current->comm = \"witness\"")]
    [InlineData("p init_task.comm", "init_task.comm = \"swapper/0\"")]
    [InlineData("p init_task.comm[8]", "init_task.comm[8] = 48 '0'")]
    [InlineData("p 2 + 3 * 4", "2 + 3 * 4 = 14")]
    [InlineData("p (2 + 3) * 4 == 20 ? 7 : 8", "(2 + 3) * 4 == 20 ? 7 : 8 = 7")]
    [InlineData("p -7 / 2", "-7 / 2 = -3")]
    [InlineData("p 1 << 12 ^ 0x0f & ~1", "1 << 12 ^ 0x0f & ~1 = 4110")]
    [InlineData("p sizeof(struct list_head)", "sizeof(struct list_head) = 16")]
    [InlineData("p &init_task == init_task.real_parent", "&init_task == init_task.real_parent = 1")]
    [InlineData("p init_task.real_parent->pid", "init_task.real_parent->pid = 0")]
    [InlineData("p/x 255", "255 = 0xff")]
    [InlineData("p/x init_task.comm",
        "init_task.comm = {0x73, 0x77, 0x61, 0x70, 0x70, 0x65, 0x72, 0x2f, 0x30, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0}")]
    [InlineData("p panic_on_oops", "panic_on_oops = 1")]
    public void Evaluates_as_C_does(string line, string expected)
    {
        using var dump = SampleDump.NullDeref();
        Assert.Equal(expected, dump.Run(line).Output.TrimEnd());
    }

    [Fact]
    public void A_cast_gives_an_address_a_type()
    {
        using var dump = SampleDump.NullDeref();
        var task = dump.Run("set").Output.Split("TASK: ")[1][..16];
        Assert.EndsWith(" = \"witness\"", dump.Run($"p ((struct task_struct *)0x{task})->comm").Output.TrimEnd());
        Assert.Contains("comm = \"witness\"", dump.Run("p *current").Output);
    }

    [Fact]
    public void Registers_are_those_of_the_current_tasks_first_frame()
    {
        using var dump = SampleDump.NullDeref();
        Assert.Matches(@"^\$rip = \(void \*\) 0xffffffff[0-9a-f]{8} <crashme_inner\+15>$", dump.Run("p $rip").Output.TrimEnd());
        Assert.Equal("$rax = 0", dump.Run("p $rax").Output.TrimEnd());
        Assert.Contains("there is no register $foo; there are $rip", dump.Run("p $foo").Errors);
    }

    [Fact]
    public void A_per_CPU_variable_is_shown_for_the_CPU_that_is_named()
    {
        using var dump = SampleDump.NullDeref();
        Assert.Contains("cpu = 1,", dump.Run("p runqueues:1").Output);
        Assert.Contains("cpu = 0,", dump.Run("p runqueues:0").Output);
    }

    [Theory]
    [InlineData("p nosuch", "nosuch")]
    [InlineData("p 1 +", "+")]
    [InlineData("p current->nosuch", "nosuch")]
    [InlineData("p *(int *)0", "0")]
    [InlineData("p 1 / 0", "zero")]
    [InlineData("p ((((", "(")]
    public void What_is_wrong_with_an_expression_is_said(string line, string part)
    {
        using var dump = SampleDump.NullDeref();
        var ran = dump.Run(line);
        Assert.Equal(1, ran.ExitCode);
        Assert.Contains(part, ran.Errors);
        Assert.DoesNotContain("bug in panicle", ran.Errors);
    }

    [Fact]
    public void Nesting_without_end_is_refused()
    {
        using var dump = SampleDump.NullDeref();
        var ran = dump.Run("p " + new string('(', 100_000));
        Assert.Equal(1, ran.ExitCode);
        Assert.DoesNotContain("bug in panicle", ran.Errors);
    }
}

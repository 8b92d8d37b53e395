using Panicle.Kernel.Values;
using Panicle.Symbols;

namespace Panicle.Kernel.Tests;

public class KernelValueTests
{
    private static KernelValue InitTask => Samples.NullDeref.Global("init_task", "struct task_struct");

    [Fact]
    public void Members_pointers_arrays_and_strings_read_as_in_C()
    {
        Assert.Equal("swapper/0", InitTask["comm"].ToText());
        Assert.Equal(0, InitTask["pid"].ToInt32());
        Assert.Equal(InitTask.Address, InitTask["real_parent"].ToUInt64());
        Assert.Equal("swapper/0", InitTask["real_parent"]["comm"].ToText());
        Assert.Equal((byte)'s', InitTask["comm"][0].ToUInt64());
        Assert.Equal((byte)'0', InitTask["comm"][8].ToUInt64());
    }

    [Fact]
    public void The_container_of_a_member_is_its_structure()
    {
        var tasks = InitTask["tasks"];
        Assert.NotEqual(InitTask.Address, tasks.Address);
        Assert.Equal(InitTask.Address, tasks.ContainerOf("struct task_struct", "tasks").Address);
    }

    [Fact]
    public void Bit_fields_are_cut_out_of_their_word()
    {
        var task = Samples.NullDeref.Crash.Task!.Value;
        Assert.Equal(0UL, task["in_execve"].ToUInt64());
        Assert.Equal(0UL, task["sched_reset_on_fork"].ToUInt64());
        Assert.Equal(1u, task["in_execve"].BitSize);
    }

    [Fact]
    public void What_this_kernel_lacks_says_its_name()
    {
        var failure = Assert.Throws<KernelReadException>(() => InitTask["no_such_member"]);
        Assert.Contains("no_such_member", failure.Message);
        Assert.Contains("task_struct", failure.Message);
        Assert.False(InitTask.Has("no_such_member"));
        Assert.Throws<KernelReadException>(() => Samples.NullDeref.Global("no_such_symbol", "int"));
        Assert.Throws<KernelReadException>(() => Samples.NullDeref.Global("init_task", "struct no_such_type"));
    }

    [Fact]
    public void A_global_variable_has_the_type_that_the_kernel_gives_it()
    {
        Assert.Equal("swapper/0", Samples.NullDeref["init_task"]["comm"].ToText());
        Assert.Equal("struct list_head", Samples.NullDeref["super_blocks"].Type.DisplayName());
        Assert.Throws<KernelReadException>(() => Samples.NullDeref["no_such_symbol"]);
        var failure = Assert.Throws<KernelReadException>(() => Samples.NullDeref["__start_rodata"]);
        Assert.Contains("nothing tells the type of __start_rodata", failure.Message);
    }

    [Fact]
    public void A_null_pointer_is_not_followed()
    {
        var failure = Assert.Throws<KernelReadException>(() => InitTask["mm"]["pgd"]);
        Assert.Contains("NULL", failure.Message);
    }
}

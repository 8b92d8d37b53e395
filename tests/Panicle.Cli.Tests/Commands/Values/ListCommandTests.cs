namespace Panicle.Cli.Tests.Commands.Values;

/// <summary>Lists are compared with what mod and ps say of the same objects.</summary>
public sealed class ListCommandTests
{
    [Theory]
    [InlineData("list -H modules -o module.list -s module.name")]
    [InlineData("list module.list -s module.name -H modules")]
    public void The_loaded_modules(string line)
    {
        using var dump = SampleDump.NullDeref();
        var names = dump.Run(line).Lines.Where(text => text.Contains("name = ")).Select(text => text.Split('"')[1]).ToList();
        var modules = dump.Run("mod --json").Result.GetProperty("modules").EnumerateArray()
            .Select(module => module.GetProperty("name").GetString()!);
        Assert.Equal(modules.Order(), names.Order());
        Assert.Equal(names, dump.Run(line + " -r").Lines.Where(text => text.Contains("name = ")).Select(text =>
            text.Split('"')[1]).Reverse());
    }

    [Fact]
    public void A_list_that_starts_at_one_of_its_structures()
    {
        using var dump = SampleDump.NullDeref();
        var output = dump.Run("list task_struct.tasks -s task_struct.comm,pid -h init_task").Output;
        Assert.Contains("comm = \"kthreadd\"", output);
        Assert.Contains("comm = \"witness\"", output);
    }

    [Theory]
    [InlineData("list 0x10")]
    [InlineData("list -H nosuch")]
    [InlineData("list -o task_struct.nosuch -h init_task")]
    public void What_is_no_list_is_said(string line)
    {
        using var dump = SampleDump.NullDeref();
        var ran = dump.Run(line);
        Assert.True(ran.Errors.Length > 0, ran.Output);
        Assert.DoesNotContain("bug in panicle", ran.Errors);
    }
}

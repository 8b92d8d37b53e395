namespace Panicle.Cli.Tests.Commands.Values;

/// <summary>
/// Offsets and sizes are those that crash 9.0.2 reads from the DWARF of the same kernel (6.1.0-56-cloud-amd64).
/// </summary>
public sealed class StructCommandTests : IDisposable
{
    private readonly SampleDump _dump = SampleDump.NullDeref();

    public void Dispose() => _dump.Dispose();

    [Fact]
    public void A_layout()
    {
        Assert.Equal("struct list_head {\n    struct list_head *next;\n    struct list_head *prev;\n}\nSIZE: 16\n",
            _dump.Run("struct list_head").Output);
        Assert.Equal("struct list_head {\n   [0] struct list_head *next;\n   [8] struct list_head *prev;\n}\nSIZE: 16\n",
            _dump.Run("struct list_head -o").Output);
    }

    [Theory]
    [InlineData("  [2416] pid_t pid;")]
    [InlineData("  [2976] char comm[16];")]
    [InlineData("  [2340] unsigned int sched_migrated : 1;")]
    [InlineData("         union {")]
    [InlineData("  [4968]     struct callback_head rcu;")]
    [InlineData("  [5312] struct thread_struct thread;")]
    [InlineData("SIZE: 9728")]
    public void The_layout_of_a_task(string line) => Assert.Contains(line, _dump.Run("task_struct -o").Lines);

    [Theory]
    [InlineData("task_struct.pid", "struct task_struct {\n  [2416] pid_t pid;\n}\n")]
    [InlineData("struct task_struct.se", "struct task_struct {\n   [128] struct sched_entity se;\n}\n")]
    [InlineData("struct task_struct.pid -x", "struct task_struct {\n   [0x970] pid_t pid;\n}\n")]
    public void A_members_place(string line, string text) => Assert.Equal(text, _dump.Run(line).Output);

    [Fact]
    public void Members_of_a_task() =>
        Assert.Equal("  comm = \"init\",\n  pid = 1,\n  thread_info.status = 0,\n",
            _dump.Run("task_struct.comm,pid,thread_info.status 1").Output);

    [Fact]
    public void A_list_head_points_at_the_modules()
    {
        var text = _dump.Run("*list_head modules").Output;
        const string Pointer = @"0x[0-9a-f]{16} <__this_module\+8>";
        Assert.Matches($@"^struct list_head \{{\n  next = {Pointer},\n  prev = {Pointer}\n\}}\n$", text);
        Assert.Equal(text, _dump.Run("list_head modules").Output);
        var first = text.Split("next = ")[1][..18];
        Assert.Contains("name = \"crashme\"", _dump.Run($"struct module.name -l module.list {first}").Output);
        Assert.Contains("name = \"crashme\"", _dump.Run($"struct module.name -l 8 {first}").Output);
    }

    [Fact]
    public void Each_CPUs_copy()
    {
        Assert.Matches(@"^\[0\]: [0-9a-f]{16}\n  cpu = 0,\n\[1\]: [0-9a-f]{16}\n  cpu = 1,\n$",
            _dump.Run("struct rq.cpu runqueues:a").Output);
        Assert.Matches(@"^\[1\]: [0-9a-f]{16}\n  cpu = 1,\n$", _dump.Run("rq.cpu runqueues:1").Output);
        Assert.Contains("there is no CPU 7", _dump.Run("rq.cpu runqueues:7").Errors);
    }

    [Fact]
    public void A_whole_task_in_gdbs_style()
    {
        var lines = _dump.Run("struct task_struct init_task").Lines;
        Assert.Equal("struct task_struct {", lines[0]);
        Assert.Equal("  thread_info = {", lines[1]);
        Assert.Contains("  comm = \"swapper/0\",", lines);
        Assert.Contains("  pid = 0,", lines);
        Assert.Contains("    bits = {1, 18446744073709551615 <repeats 127 times>}", lines);
        Assert.Contains(lines, line => line.StartsWith("  sched_class = 0x") && line.EndsWith(" <idle_sched_class>,"));
        Assert.Equal("}", lines[^1]);
    }

    [Fact]
    public void Arrays_words_and_addresses()
    {
        Assert.Equal(2, _dump.Run("list_head modules 2").Lines.Count(line => line == "struct list_head {"));
        Assert.Matches(
            @"^[0-9a-f]{16}:  ffffffff[0-9a-f]{8} ffffffff[0-9a-f]{8} .*\n$", _dump.Run("struct list_head -r modules").Output);
        Assert.Matches(@"^struct list_head \{\n  \[ffffffff[0-9a-f]{8}\] struct list_head \*next;\n",
            _dump.Run("struct list_head -o modules").Output);
        Assert.Contains("  fs_flags = 0x21,\n", _dump.Run("file_system_type ext4_fs_type -x").Output);
        Assert.Matches("  name = 0xffffffff[0-9a-f]{8} \"ext4\",\n", _dump.Run("file_system_type ext4_fs_type").Output);
    }

    [Fact]
    public void A_pointers_target()
    {
        var lines = _dump.Run("task_struct.mm -p 1").Lines;
        Assert.StartsWith("  struct mm_struct *mm = 0xff", lines[0]);
        Assert.Equal("  -> {", lines[1]);
        Assert.Contains("         map_count = 10,", lines);
        Assert.Equal("     }", lines[^1]);
    }

    [Fact]
    public void Json_is_the_structure_itself()
    {
        var task = _dump.Run("struct task_struct 1 --json").Result.GetProperty("objects")[0].GetProperty("value");
        Assert.Equal(1, task.GetProperty("pid").GetInt32());
        Assert.Equal("init", task.GetProperty("comm").GetString());
        Assert.StartsWith("0xff", task.GetProperty("tasks").GetProperty("next").GetString());
        Assert.Equal(4, task.GetProperty("pid_links").GetArrayLength());
    }

    [Theory]
    [InlineData("struct nosuch", "struct: this kernel has no type 'nosuch'\n")]
    [InlineData("struct task_struct.nosuch", "struct: struct task_struct has no member nosuch in this kernel\n")]
    [InlineData("struct list_head 0", "struct: struct list_head: 0x0 is not mapped\n")]
    public void What_is_not_there_is_an_error(string line, string error) => Assert.Equal(error, _dump.Run(line).Errors);
}

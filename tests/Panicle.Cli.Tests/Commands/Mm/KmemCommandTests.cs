using System.Text.Json;

namespace Panicle.Cli.Tests.Commands.Mm;

public sealed class KmemCommandTests : IDisposable
{
    private readonly SampleDump _dump = SampleDump.NullDeref();

    public void Dispose() => _dump.Dispose();

    [Fact]
    public void Usage_is_laid_out_as_crash_does() => Assert.Equal(
        [
            "                 PAGES        TOTAL      PERCENTAGE",
            "    TOTAL MEM    47038     183.7 MB         ----",
            "         FREE    31563     123.3 MB   67% of TOTAL MEM",
        ], _dump.Run("kmem -i").Lines.Take(3));

    /// <summary>What a dump that was cut short has lost of the pages' descriptors is said, and counted as nothing.</summary>
    [Fact]
    public void Shared_pages_of_which_descriptors_are_lost_are_unknown()
    {
        var folder = Directory.CreateTempSubdirectory("panicle-test");
        try
        {
            var whole = File.ReadAllBytes(Repository.Path("samples/null-deref.vmcore"));
            var cut = Path.Combine(folder.FullName, "cut.vmcore");
            // The descriptors are in the highest memory, and so last in the file.
            const int LastPages = 2609;
            File.WriteAllBytes(cut, whole[..^LastPages]);
            using var session = Session.Empty();
            session.Open([cut]);
            var ran = CommandTest.Run("kmem -i=shared --json", CommandTable.Commands(), session);
            Assert.Equal(JsonValueKind.Null, ran.Result.GetProperty("usage").GetProperty("shared").ValueKind);
            Assert.Contains(ran.Json.GetProperty("notes").EnumerateArray(),
                note => note.GetString()!.StartsWith("SHARED: of the ", StringComparison.Ordinal));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_task_is_an_allocated_object_of_its_cache()
    {
        foreach (var task in _dump.Run("ps --json").Result.GetProperty("tasks").EnumerateArray()
            .Where(task => task.GetProperty("pid").GetInt32() > 0))
        {
            var found = Address(task.GetProperty("task").GetString()!);
            Assert.Equal("task_struct", found.GetProperty("cache").GetProperty("name").GetString());
            Assert.True(found.GetProperty("isAllocated").GetBoolean());
            Assert.Equal(task.GetProperty("pid").GetInt32(), found.GetProperty("task").GetProperty("pid").GetInt32());
        }
    }

    [Fact]
    public void Free_blocks_add_up_to_the_free_pages()
    {
        var zones = _dump.Run("kmem -f --json").Result.GetProperty("freeMemory").EnumerateArray().ToList();
        Assert.NotEmpty(zones);
        // What CPUs keep in their own lists is counted as free, and is on none of these.
        Assert.All(zones, zone => Assert.InRange(
            zone.GetProperty("lists").EnumerateArray().Sum(list => list.GetProperty("pages").GetInt64()),
            zone.GetProperty("free").GetInt64() - 2000, zone.GetProperty("free").GetInt64() + 64));
    }

    [Theory]
    [InlineData("runqueues:1", "CPU 1's copy of runqueues")]
    [InlineData("linux_banner", "linux_banner")]
    [InlineData("linux_banner+3", "linux_banner+0x3")]
    [InlineData("crashme_null_deref", "crashme_null_deref [crashme]")]
    [InlineData("0", "a NULL pointer")]
    [InlineData("18", "a NULL pointer plus 0x18")]
    [InlineData("8000000000001234", "not a canonical address: using it faults, whatever is mapped")]
    [InlineData("init_task", "the task_struct of PID 0 (swapper/0)")]
    public void Addresses(string place, string summary) =>
        Assert.Equal(summary, Address(place).GetProperty("summary").GetString());

    [Fact]
    public void A_stack_and_the_guard_page_behind_it()
    {
        var stack = Address("ffffd17cc0011000");
        Assert.Equal("task", stack.GetProperty("stack").GetProperty("name").GetString());
        Assert.False(stack.GetProperty("isGuard").GetBoolean());
        Assert.True(Address("ffffd17cc0014000").GetProperty("isGuard").GetBoolean());
    }

    [Fact]
    public void User_memory_of_the_current_task_is_told_by_its_area()
    {
        _dump.Run("set 1");
        Assert.Contains("r-xp", Address("401000").GetProperty("summary").GetString());
    }

    [Fact]
    public void An_object_that_waits_on_a_list_is_free()
    {
        var slabs = _dump.Run("kmem -S task_struct --json").Result.GetProperty("caches")[0].GetProperty("slabDetails")
            .EnumerateArray();
        var free = slabs.SelectMany(slab => slab.GetProperty("objects").EnumerateArray())
            .First(entry => !entry.GetProperty("isAllocated").GetBoolean());
        var found = Address(free.GetProperty("address").GetString()!);
        Assert.False(found.GetProperty("isAllocated").GetBoolean());
        Assert.Contains("a free object of slab cache task_struct", found.GetProperty("summary").GetString());
    }

    [Fact]
    public void An_unknown_cache_is_an_error() =>
        Assert.Contains("there is no slab cache 'no_such'", _dump.Run("kmem -s no_such").Errors);

    private JsonElement Address(string place) => _dump.Run($"kmem {place} --json").Result.GetProperty("addresses")[0];
}

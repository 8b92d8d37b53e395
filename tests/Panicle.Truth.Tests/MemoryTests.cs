using System.Text.Json;

namespace Panicle.Truth.Tests;

/// <summary>
/// Memory against <c>/proc/meminfo</c>, <c>/proc/slabinfo</c>, <c>/proc/vmallocinfo</c> and <c>/proc/PID/maps</c>.
/// </summary>
public class MemoryTests
{
    public static TheoryData<string> Dumps => LabDump.Rows(_ => true);

    /// <summary>What can't change between the testimony and the crash is equal; the rest is near.</summary>
    [Theory, MemberData(nameof(Dumps))]
    public void Usage_is_that_of_meminfo(string name)
    {
        var dump = LabDump.Find(name);
        var usage = dump.Ask("kmem -i").GetProperty("usage");
        Assert.Equal(Told("MemTotal"), Found("total"));
        // Two huge pages are taken after the testimony there: half of their 1024 pages were in the limit.
        var taken = dump.Cell.Scenario.Name == "page-flags" ? 512 : 0;
        Assert.Equal(Told("CommitLimit") - taken, Found("commitLimit"));
        Assert.Equal(Told("SwapTotal"), Found("swapTotal"));
        Assert.True(Found("committed") > 0);
        // A crash for want of memory changes everything else.
        if (dump.Cell.Scenario.Name == "oom")
            return;
        Near("free", "MemFree", 0.75, 1.25);
        Near("cached", "Cached", 0.6, 1.7);
        Near("slab", "Slab", 0.8, 1.5);

        void Near(string key, string told, double least, double most)
        {
            if (!(dump.LacksPages && usage.GetProperty(key).ValueKind == JsonValueKind.Null))
                Assert.InRange(Found(key), Told(told) * least, Told(told) * most);
        }
        long Told(string key) => dump.Truth.Number("proc/meminfo", key) / 4;
        long Found(string key) => usage.GetProperty(key).GetInt64();
    }

    /// <summary>The same caches with objects of the same size, and most as full: writing the testimony down fills some.</summary>
    [Theory, MemberData(nameof(Dumps))]
    public void Slab_caches_are_those_of_slabinfo(string name)
    {
        var dump = LabDump.Find(name);
        var told = dump.Truth.Words("proc/slabinfo").Skip(2).Select(words =>
            (Name: words[0], Size: words[3], Total: words[2])).ToList();
        var found = dump.Ask("kmem -s").GetProperty("caches").EnumerateArray().ToList();
        Assert.Equal(told.Select(cache => $"{cache.Name} {cache.Size}").Order(StringComparer.Ordinal),
            found.Select(cache => $"{Text(cache, "name")} {cache.GetProperty("size").GetUInt32()}")
                .Order(StringComparer.Ordinal));
        Assert.All(
            found, cache => Assert.True(cache.GetProperty("allocated").GetUInt64() <= cache.GetProperty("total").GetUInt64()));
        if (dump.Cell.Scenario.Name == "oom")
            return;
        var totals = found.Select(cache => $"{Text(cache, "name")} {cache.GetProperty("total").GetUInt64()}").ToHashSet();
        Assert.InRange(told.Count(cache => totals.Contains($"{cache.Name} {cache.Total}")), told.Count * 7 / 10, told.Count);
    }

    /// <summary>Every mapping of device memory, which stays as long as its driver does.</summary>
    [Theory, MemberData(nameof(Dumps))]
    public void Vmalloc_areas_are_those_of_vmallocinfo(string name)
    {
        var dump = LabDump.Find(name);
        // /proc shows hashes in place of the addresses; size, caller and physical address tell the areas apart.
        var told = dump.Truth.Words("proc/vmallocinfo").Where(words => words.Contains("ioremap"))
            .Select(words =>
                $"{words[1]} {words[2].Split('/')[0]} {words.First(word => word.StartsWith("phys=", StringComparison.Ordinal))}")
                    .ToList();
        var found = dump.Ask("kmem -v").GetProperty("vmallocAreas").EnumerateArray().Where(area => Text(area, "use") == "ioremap")
            .Select(area =>
                $"{area.GetProperty("size").GetUInt64()} {Text(area, "caller")} "
                    + $"phys=0x{Convert.ToUInt64(Text(area, "physical"), 16):x16}");
        Assert.NotEmpty(told);
        if (dump.LacksPages)
            Assert.Subset(told.ToHashSet(), found.ToHashSet());
        else
            Assert.Equal(told.Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
    }

    /// <summary>
    /// The address spaces of the processes that didn't run any more: a maple tree, or a red-black tree on old kernels.
    /// </summary>
    [Theory, MemberData(nameof(Dumps))]
    public void Memory_areas_are_those_of_maps(string name)
    {
        var dump = LabDump.Find(name);
        var compared = 0;
        foreach (var process in dump.Truth.Threads.Where(thread =>
            thread.Pid == thread.Tgid && thread.Virtual is not null && dump.StoodStill(thread)))
        {
            var found = dump.MapsOf(process.Pid);
            if (found is null && dump.LacksPages)
                continue;
            var told = dump.Truth.Words($"proc/{process.Pid}/maps")
                .Where(words => !words[^1].StartsWith("[vsyscall", StringComparison.Ordinal));
            Assert.Equal(told.Select(words => $"{words[0]} {words[1]}"), found);
            compared++;
        }
        Assert.True(compared > 0 || dump.LacksPages, "no process stood still");
    }

    /// <summary>Every task is found by its PID in the kernel's IDR.</summary>
    [Theory, MemberData(nameof(Dumps))]
    public void Pids_of_the_idr_are_those_of_the_tasks(string name)
    {
        var dump = LabDump.Find(name);
        var tasks = dump.Ask("ps").GetProperty("tasks").EnumerateArray().Select(task => task.GetProperty("pid").GetInt32())
            .Where(pid => pid != 0);
        if (!dump.LacksPages)
            Assert.Empty(tasks.Except(dump.IdrPids));
        Assert.Equal(dump.IdrPids.Order(), dump.IdrPids);
    }

    private static string Text(JsonElement element, string property) => element.GetProperty(property).GetString()!;
}

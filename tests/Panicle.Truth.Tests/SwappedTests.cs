using System.Globalization;
using Panicle.Kernel;

namespace Panicle.Truth.Tests;

/// <summary>A process with memory in swap, on zram and in a file.</summary>
public class SwappedTests
{
    private const ulong PageSize = 4096;

    public static TheoryData<string> Dumps => LabDump.Rows(cell => cell.Scenario.Name == "swapped");

    /// <summary>As many pages of each of its areas as smaps says, in the areas of /proc/swaps.</summary>
    [Theory, MemberData(nameof(Dumps))]
    public void Pages_in_swap_are_said_to_be_there(string name)
    {
        var dump = LabDump.Find(name);
        using var kernel = KernelDump.Open(dump.Files);
        var swaps = dump.Truth.Words("proc/swaps").Skip(1).Select(words => words[0]).ToList();
        var (pid, areas) = dump.Truth.Threads.Select(thread => (thread.Pid, Areas: SwappedAreas(dump.Truth, thread.Pid)))
            .MaxBy(process => process.Areas.Sum(area => area.Pages));
        var memory = kernel.Mm.MemoryOf(kernel.Tasks.All.Single(task => task.Pid == pid));
        var seen = new HashSet<string>();

        Assert.NotEmpty(areas);
        foreach (var (start, end, pages) in areas)
        {
            var found = 0;
            for (var page = start; page < end; page += PageSize)
                if (!memory.TryTranslate(page, withSteps: false, out _, out var fault)
                    && swaps.Find(swap => fault.ToString().Contains($" of {swap};", StringComparison.Ordinal)) is { } swap)
                {
                    Assert.Contains("(in swap: page 0x", fault.ToString(), StringComparison.Ordinal);
                    seen.Add(swap);
                    found++;
                }
            Assert.Equal(pages, found);
        }
        Assert.Equal(swaps.Order(), seen.Order());
    }

    /// <summary>The areas are those of /proc/swaps, as large and as full.</summary>
    [Theory, MemberData(nameof(Dumps))]
    public void Areas_are_those_of_proc_swaps(string name)
    {
        var dump = LabDump.Find(name);
        using var kernel = KernelDump.Open(dump.Files);
        var told = dump.Truth.Words("proc/swaps").Skip(1).Select(words => string.Join(' ', words));
        Assert.Equal(told, kernel.Mm.Swap.All.Select(area => $"{area.Path} {(area.IsDevice ? "partition" : "file")} "
            + $"{area.Pages * PageSize / 1024} {area.UsedPages * PageSize / 1024} {area.Priority}"));
    }

    private static List<(ulong Start, ulong End, int Pages)> SwappedAreas(Testimony truth, int pid)
    {
        var areas = new List<(ulong, ulong, int)>();
        if (!truth.Has($"proc/{pid}/smaps"))
            return areas;
        var range = (Start: 0UL, End: 0UL);
        foreach (var words in truth.Words($"proc/{pid}/smaps"))
        {
            if (words[0].Split('-') is [var start, var end] && !words[0].EndsWith(':'))
                range = (Address(start), Address(end));
            else if (words is ["Swap:", not "0", ..])
                areas.Add((range.Start, range.End, int.Parse(words[1], CultureInfo.InvariantCulture) * 1024 / (int)PageSize));
        }
        return areas;
    }

    private static ulong Address(string hex) => ulong.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}

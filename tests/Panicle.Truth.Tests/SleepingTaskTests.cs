using System.Globalization;
using System.Text.RegularExpressions;

namespace Panicle.Truth.Tests;

/// <summary>
/// The backtraces of the tasks that slept, against the kernel's own <c>/proc/PID/stack</c>, which the same tables
/// unwound while the kernel lived.
/// </summary>
public partial class SleepingTaskTests
{
    // 5.10 itself doesn't look for the originals of return addresses that probes have replaced.
    public static TheoryData<string> Dumps =>
        LabDump.Rows(cell => !(LabDump.HasReplacedReturns(cell) && cell.Kernel.Name == "5.10-cloud"));

    /// <summary>Every task that slept before the crash, and never ran since, has the kernel's frames.</summary>
    [Theory, MemberData(nameof(Dumps))]
    public void Frames_are_those_of_proc(string name)
    {
        var dump = LabDump.Find(name);
        var tasks = dump.Ask("bt").GetProperty("tasks").EnumerateArray().Where(task => task.GetProperty("pid").GetInt32() != 0)
            .ToDictionary(task => task.GetProperty("pid").GetInt32());
        var scheduler = SectionsThatProcLeavesOut(dump.Truth);
        var differences = new List<string>();
        var compared = 0;
        foreach (var thread in dump.Truth.Threads.Where(thread =>
            thread.Stack.Length > 0 && thread.State != 'R' && dump.StoodStill(thread)))
        {
            var task = tasks[thread.Pid];
            compared++;
            var ours = BacktraceFrames.InKernel(task)
                .Where(frame => !scheduler.Any(section => section(BacktraceFrames.Address(frame))));
            var expected = string.Join('\n', thread.Stack.Select(line => EntryOfProc().Replace(line, "$1$2")));
            var actual = string.Join('\n', ours.Select(BacktraceFrames.Text));
            // Of a task whose pages the filter dropped, the frames that are there must be the first ones.
            var isCut = dump.LacksPages && task.GetProperty("problem")
                .GetString()?.Contains("excluded by the dump filter", StringComparison.Ordinal) == true;
            if (expected != actual && !(isCut && expected.StartsWith(actual, StringComparison.Ordinal)))
                differences.Add($"{thread.Pid} {thread.Command}\n/proc:\n{expected}\n"
                    + $"bt:\n{actual}\n{task.GetProperty("problem").GetString()}");
        }
        Assert.True(differences.Count == 0, string.Join("\n\n", differences));
        Assert.True(compared > 20, $"only {compared} tasks could be compared");
    }

    // in_sched_functions() (kernel/sched/core.c): waiting itself is not what one wants to see.
    private static Func<ulong, bool>[] SectionsThatProcLeavesOut(Testimony truth)
    {
        var symbols = truth.Words("proc/kallsyms").Where(words => words[2] is
            "__sched_text_start" or "__sched_text_end" or "__lock_text_start" or "__lock_text_end")
            .ToDictionary(
                words => words[2], words => ulong.Parse(words[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
        return [Section("sched"), Section("lock")];

        Func<ulong, bool> Section(string name) =>
            address => address >= symbols[$"__{name}_text_start"] && address < symbols[$"__{name}_text_end"];
    }

    [GeneratedRegex(@"^\[<0>\] ([\w.$]+\+0x[0-9a-f]+)/0x[0-9a-f]+( \[\w+\])?.*$")]
    private static partial Regex EntryOfProc();
}

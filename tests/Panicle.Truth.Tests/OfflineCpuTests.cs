namespace Panicle.Truth.Tests;

/// <summary>
/// A machine one of whose CPUs was offline: a dump by QEMU has registers of that, too, and those of the others are theirs.
/// </summary>
public class OfflineCpuTests
{
    public static TheoryData<string> Dumps => LabDump.Rows(cell => cell.Scenario.Name == "offline-cpus");

    [Theory, MemberData(nameof(Dumps))]
    public void Each_cpu_has_its_own_registers(string name)
    {
        var tasks = LabDump.Find(name).Ask("bt -a").GetProperty("tasks").EnumerateArray().ToList();
        Assert.Equal([0, 2, 3], tasks.Select(task => task.GetProperty("cpu").GetInt32()));
        Assert.All(tasks, task =>
        {
            Assert.Null(task.GetProperty("problem").GetString());
            Assert.Equal("registers", task.GetProperty("frames")[0].GetProperty("foundBy").GetString());
            Assert.All(BacktraceFrames.InKernel(task), frame => Assert.True(frame.GetProperty("isReliable").GetBoolean()));
        });
    }

    [Theory, MemberData(nameof(Dumps))]
    public void Sys_counts_it(string name) =>
        Assert.Equal(1, LabDump.Find(name).Ask("sys").GetProperty("offlineCpus").GetInt32());
}

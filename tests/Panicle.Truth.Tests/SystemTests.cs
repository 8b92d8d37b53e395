using System.Globalization;
using System.Text.Json;

namespace Panicle.Truth.Tests;

/// <summary><c>sys</c> against the kernel's own /proc.</summary>
public class SystemTests
{
    /// <summary>How long a kernel may take to die by itself after it testified: watchdogs wait.</summary>
    private const double LongestDeath = 120;

    private const double Tolerance = 2;
    private const double LoadInterval = 5;

    public static TheoryData<string> Dumps => LabDump.Rows(_ => true);

    /// <summary>Names, release and version.</summary>
    [Theory, MemberData(nameof(Dumps))]
    public void Names_are_the_kernels(string name)
    {
        var (truth, sys) = Ask(name);
        Assert.Equal(truth.Text("commands/uname").Trim(),
            $"Linux {Text(sys, "node")} {Text(sys, "release")} {Text(sys, "version")} {Text(sys, "machine")} GNU/Linux");
    }

    [Theory, MemberData(nameof(Dumps))]
    public void Sizes_are_the_kernels(string name)
    {
        var (truth, sys) = Ask(name);
        Assert.Equal(truth.Words("proc/cpuinfo").Count(words => words[0] == "processor"),
            sys.GetProperty("cpus").GetInt32() + sys.GetProperty("offlineCpus").GetInt32());
        Assert.Equal(truth.Number("proc/meminfo", "MemTotal") * 1024, sys.GetProperty("memory").GetInt64());
    }

    /// <summary>The uptime is that of the last words on the console, and the date follows from it and the time of boot.</summary>
    [Theory, MemberData(nameof(Dumps))]
    public void Times_are_the_kernels(string name)
    {
        var (truth, sys) = Ask(name);
        var testified = truth.Words("proc/uptime").First()[0];
        var before = double.Parse(testified, CultureInfo.InvariantCulture);
        var uptime = sys.GetProperty("uptimeSeconds").GetDouble();
        Assert.InRange(uptime, before - 0.1, before + LongestDeath);
        Assert.Equal((double)LabDump.Find(name).LastWords[^1].Seconds, uptime, Tolerance);
        var boot = DateTime.UnixEpoch.AddSeconds(truth.Number("proc/stat", "btime"));
        Assert.Equal(boot.AddSeconds(uptime), sys.GetProperty("date").GetDateTime(), TimeSpan.FromSeconds(Tolerance));
    }

    /// <summary>The load is what it was, or what it became since by the kernel's own formula for up to two CPUs' load.</summary>
    [Theory, MemberData(nameof(Dumps))]
    public void Load_is_the_kernels(string name)
    {
        var (truth, sys) = Ask(name);
        var words = truth.Words("proc/loadavg").First();
        var passed = sys.GetProperty("uptimeSeconds")
            .GetDouble() - double.Parse(truth.Words("proc/uptime").First()[0], CultureInfo.InvariantCulture);
        var load = sys.GetProperty("loadAverage").EnumerateArray().Select(value => value.GetDouble()).ToList();
        for (var i = 0; i < 3; i++)
        {
            var told = double.Parse(words[i], CultureInfo.InvariantCulture);
            var minutes = new[] { 1, 5, 15 }[i];
            var most = MostChange(told, minutes * 60, passed);
            Assert.InRange(load[i], told - most - 0.01, told + most + 0.01);
        }
    }

    // The load decays towards the number of tasks that run or wait (a handful here), once in five seconds.
    private static double MostChange(double load, double period, double passed)
    {
        const double MostTasks = 6;
        var steps = Math.Ceiling(passed / LoadInterval);
        return passed < 0.2 && steps <= 1 && load == 0
            ? 0.5
            : Math.Max(load, MostTasks) * (1 - Math.Exp(-steps * LoadInterval / period));
    }

    /// <summary>The panic is told with a line that the kernel printed, and the task is the one that the kernel named.</summary>
    [Theory, MemberData(nameof(Dumps))]
    public void Panic_is_the_kernels(string name)
    {
        var dump = LabDump.Find(name);
        var sys = dump.Ask("sys");
        Assert.Contains(Text(sys, "panic"), dump.LastWords.Select(line => line.Text));
        Assert.Contains(dump.Cell.Scenario.PanicText, Text(sys, "panic"), StringComparison.Ordinal);
        Assert.Equal(PrintedTrace.In(dump.LastWords).Pid, sys.GetProperty("task").GetProperty("pid").GetInt32());
    }

    private static (Testimony Truth, JsonElement Sys) Ask(string name) =>
        (LabDump.Find(name).Truth, LabDump.Find(name).Ask("sys"));

    private static string? Text(JsonElement sys, string name) => sys.GetProperty(name).GetString();
}

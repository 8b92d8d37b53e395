using Panicle.Kernel;
using Panicle.Lab;
using Panicle.Logs.Events;
using Panicle.Logs.Reading;
using Panicle.Logs.Signatures;
using Panicle.Reports;

namespace Panicle.Truth.Tests;

/// <summary>
/// A crash has one signature, whatever tells of it: a dump, the console, netconsole or pstore; and on whichever kernel.
/// </summary>
public class SignatureTests
{
    // Its netconsole sends nothing any more once the kernel panics.
    private const string LosesNetconsole = "7.2-cloud";

    // The log of these knows of nothing but sysrq: what was wrong, only the dump's memory tells.
    private static readonly string[] Requested = ["sysrq", "abba-deadlock", "held-mutex"];

    /// <summary>Every crash that is told in several ways.</summary>
    public static TheoryData<string> Crashes => [.. Channels.ForTests.Select(crash => crash.Name)];

    /// <summary>Every scenario that was made for more than one kernel.</summary>
    public static TheoryData<string> Scenarios => [.. Usual.Select(cell => cell.Scenario.Name).Distinct()];

    private static IEnumerable<Cell> Usual => LabDump.Cells.Where(cell =>
        cell.Format.Name == "kdump-zstd" && cell.Scenario.Guest is { Preparation: null, Cpus: 2 });

    /// <summary>The dump, the console, netconsole and each of pstore's records.</summary>
    [Theory, MemberData(nameof(Crashes))]
    public void Every_channel_tells_the_same_crash(string name)
    {
        var crash = Channels.ForTests.Single(crash => crash.Name == name);
        if (!crash.Exists)
            Assert.Skip("the lab's crash was not made: 'lab/lab make --set channels' makes it, or says why it can't");
        var dump = LabDump.Find($"{crash.Kernel.Name}/{crash.Scenario.Name}/kdump-zstd");
        var expected = OfDump(dump);
        Assert.NotEmpty(crash.PstoreFiles);
        string[] logs =
        [
            crash.ConsoleLog,
            .. crash.PstoreFiles,
            .. crash.Kernel.Name == LosesNetconsole ? [] : new[] { crash.NetconsoleLog },
        ];
        Assert.All(logs, log => Assert.Equal(expected, OfLogs(log)));
        Assert.Equal(expected, OfLogs([.. crash.PstoreFiles]));
    }

    /// <summary>Four series of kernels, and within 6.1 three flavours.</summary>
    [Theory, MemberData(nameof(Scenarios))]
    public void Every_kernel_gives_it_the_same_signature(string scenario)
    {
        var signatures = Usual.Where(cell => cell.Scenario.Name == scenario).Select(cell => OfDump(LabDump.Find(cell.Name)))
            .Distinct().ToList();
        Assert.True(signatures.Count == 1, string.Join('\n', signatures));
    }

    [Fact]
    public void No_two_scenarios_share_a_signature()
    {
        var shared = Usual.Where(cell => cell.Exists)
            .Select(cell => (cell.Scenario.Name, Signature: OfDump(LabDump.Find(cell.Name)))).Distinct()
            .GroupBy(row => row.Signature, row => row.Name).Where(group => group.Except(Requested).Any() && group.Count() > 1);
        Assert.Empty(shared.Select(group => $"{string.Join(", ", group)}: {group.Key}"));
    }

    private static string OfDump(LabDump dump)
    {
        using var kernel = KernelDump.Open(dump.Files);
        return CrashLog.Of(kernel).Main is { } crash ? CrashSignature.Of(crash).Text : "none";
    }

    private static string OfLogs(params IReadOnlyList<string> files)
    {
        using var text = LogInput.OpenAll(files);
        return CrashSignature.Of(OopsReader.Read(text))?.Text ?? "none";
    }
}

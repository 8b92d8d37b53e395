using Panicle.Kernel;
using Panicle.Logs.Events;
using Panicle.Logs.Reading;
using Panicle.Reports;

namespace Panicle.Truth.Tests;

/// <summary>A kernel that crashed once more while it panicked.</summary>
public class NestedTests
{
    public static TheoryData<string> Dumps => LabDump.Rows(cell => cell.Scenario.Name == "nested");

    /// <summary>The crash is the first of the two, and its place is its own.</summary>
    [Theory, MemberData(nameof(Dumps))]
    public void The_crash_is_the_one_that_came_first(string name)
    {
        using var kernel = KernelDump.Open(LabDump.Find(name).Files);
        var report = CrashReport.Read(kernel, cancellation: TestContext.Current.CancellationToken);

        Assert.Contains("divide error", report.Cause!.Message, StringComparison.Ordinal);
        Assert.StartsWith("crashme_divide+", report.Cause.Place!.Place, StringComparison.Ordinal);
        Assert.Contains("divided by zero", report.Findings[0].Title, StringComparison.Ordinal);
    }

    /// <summary>The stack goes from the capture through the second crash to the first.</summary>
    [Theory, MemberData(nameof(Dumps))]
    public void Both_are_on_the_stack(string name)
    {
        var frames = BacktraceFrames.InKernel(LabDump.Find(name).Ask("bt -p").GetProperty("tasks")[0]);
        string[] inOrder =
        [
            "__crash_kexec", "panic", "nested_read", "nested_in_panic", "panic", "crashme_divide", "crashme_divide_error",
            "crashme_write",
        ];
        var expected = inOrder.AsEnumerable();
        foreach (var frame in frames)
            if (expected.FirstOrDefault() is { } next && BacktraceFrames.Text(frame).Split('+')[0].TrimStart('v') == next)
                expected = expected.Skip(1);
        Assert.Empty(expected);
    }

    /// <summary>Each keeps its function, its address and its error code.</summary>
    [Theory, MemberData(nameof(Dumps))]
    public void Each_of_the_crashes_keeps_what_is_its_own(string name)
    {
        using var text = LogInput.OpenAll([LabDump.Find(name).CrashLogFile]);
        var crashes = OopsReader.Read(text).Events.Where(found => found.Instruction is not null).ToList();

        Assert.Equal(["crashme_divide", "nested_read"], crashes.Select(crash => crash.Instruction!.Function));
        Assert.Null(crashes[0].FaultAddress);
        Assert.Equal(0x30UL, crashes[1].FaultAddress!.Value.Value);
    }
}

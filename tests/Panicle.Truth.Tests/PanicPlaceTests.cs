using Panicle.Kernel;
using Panicle.Lab;
using Panicle.Logs.Events;
using Panicle.Logs.Reading;
using Panicle.Logs.Signatures;
using Panicle.Reports;

namespace Panicle.Truth.Tests;

/// <summary>What the panic was, and where: all who tell of it say the same.</summary>
public class PanicPlaceTests
{
    public static TheoryData<string> Dumps => LabDump.Rows(_ => true);

    /// <summary>
    /// The dumps of machines that no capture kernel was loaded on: what their CPU did last is wait for a restart.
    /// </summary>
    public static TheoryData<string> WithoutKdump => LabDump.Rows(cell => cell.Format.Capture == CaptureKind.Qemu);

    /// <summary>sys, the report and the log's own events.</summary>
    [Theory, MemberData(nameof(Dumps))]
    public void The_panic_is_the_same_whoever_tells_it(string name)
    {
        var dump = LabDump.Find(name);
        var sys = dump.Ask("sys");
        using var kernel = KernelDump.Open(dump.Files);
        var report = CrashReport.Read(kernel, cancellation: TestContext.Current.CancellationToken);
        using var text = LogInput.OpenAll([dump.CrashLogFile]);
        var events = OopsReader.Read(text).Events;
        // What hung comes before the panic about it.
        var told = events.FirstOrDefault(found => found.Panicked) ?? CrashSignature.Crash(events)!;

        Assert.True(sys.GetProperty("hasPanicked").GetBoolean());
        Assert.Equal(report.Cause!.Message, sys.GetProperty("panic").GetString());
        Assert.Equal(told.Words, report.Cause.Message);
    }

    /// <summary>The place is what panicked, as the kernel printed it, and not the loop that waits for a restart.</summary>
    [Theory, MemberData(nameof(WithoutKdump))]
    public void Without_kdump_the_place_is_what_panicked(string name)
    {
        var dump = LabDump.Find(name);
        var printed = PrintedTrace.In(dump.LastWords);
        var expected = printed.IsOfPanic
            ? printed.Frames.SkipWhile(frame => !IsPanic(frame)).First(frame => !IsPanic(frame))
            : printed.Frames[0];
        using var kernel = KernelDump.Open(dump.Files);
        var report = CrashReport.Read(kernel, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(expected.Text, report.Cause!.Place!.Place);
        Assert.EndsWith($" in {expected.Text}", report.Title, StringComparison.Ordinal);
        Assert.Contains(report.Stack!.Frames, frame => frame.Function is "panic" or "vpanic");
    }

    private static bool IsPanic(TraceFrame frame) => frame.Function is "panic" or "vpanic";
}

using System.Globalization;
using System.Text.Json;

namespace Panicle.Truth.Tests;

/// <summary>The panic task's backtrace against the one that the kernel printed as it died.</summary>
public class PanicBacktraceTests
{
    public static TheoryData<string> Dumps => LabDump.Rows(_ => true);

    /// <summary>
    /// A crash within a crash is told by NestedTests: here the trace that was printed would be that of the second.
    /// </summary>
    public static TheoryData<string> Printed =>
        LabDump.Rows(cell => !LabDump.HasReplacedReturns(cell) && cell.Scenario.Name != "nested");

    /// <summary>The frames are the kernel's, in order, at the same offsets, on the same stacks.</summary>
    [Theory, MemberData(nameof(Printed))]
    public void Frames_are_those_that_the_kernel_printed(string name)
    {
        var dump = LabDump.Find(name);
        var printed = PrintedTrace.In(dump.LastWords);
        var task = dump.Ask("bt -p").GetProperty("tasks")[0];
        var frames = Comparable(task, printed, dump.IsByKexec);
        Assert.Equal(Text(BelowPanic(printed.Frames, printed.IsOfPanic)), Text(frames));
        Assert.Equal(printed.UserAddress, UserAddress(task));
        Assert.Null(task.GetProperty("problem").GetString());
    }

    /// <summary>The task, its command and its CPU are those that the kernel named.</summary>
    [Theory, MemberData(nameof(Dumps))]
    public void Task_is_the_one_that_the_kernel_named(string name)
    {
        var dump = LabDump.Find(name);
        var printed = PrintedTrace.In(dump.LastWords);
        var task = dump.Ask("bt -p").GetProperty("tasks")[0];
        Assert.Equal((printed.Pid, printed.Command, printed.Cpu),
            (task.GetProperty("pid").GetInt32(), task.GetProperty("command").GetString(), task.GetProperty("cpu").GetInt32()));
    }

    /// <summary>No frame is a guess: the tables reach from the first to the last.</summary>
    [Theory, MemberData(nameof(Dumps))]
    public void Every_frame_is_reliable(string name)
    {
        var frames = LabDump.Find(name).Ask("bt -p").GetProperty("tasks")[0].GetProperty("frames").EnumerateArray();
        Assert.DoesNotContain(frames, frame => !frame.GetProperty("isReliable").GetBoolean());
    }

    /// <summary>
    /// Our frames, from where they can be compared. The two begin at different places:
    /// <list type="bullet">
    /// <item>After an exception, kexec's dump has the registers that the exception interrupted: nothing to skip.</item>
    /// <item>In panic() the trace is printed by dump_stack(), and the registers are saved in __crash_kexec(): both are called
    /// by panic(), at different places, so the comparison begins with panic()'s caller.</item>
    /// <item>QEMU stops the CPU later, where panic() waits for ever: after an exception, the comparison begins with the
    /// exception's frame.</item>
    /// </list>
    /// </summary>
    private static IReadOnlyList<TraceFrame> Comparable(JsonElement task, PrintedTrace printed, bool isByKexec)
    {
        var frames = BacktraceFrames.InKernel(task);
        if (!printed.IsOfPanic && !isByKexec)
            frames = [.. frames.SkipWhile(frame => frame.GetProperty("foundBy").GetString() != "exception frame")];
        return BelowPanic([.. frames.Select(FrameOf)], printed.IsOfPanic);
    }

    /// <summary>What called panic(). Since 6.14 panic() is a wrapper of vpanic(), and is compared too.</summary>
    private static IReadOnlyList<TraceFrame> BelowPanic(IReadOnlyList<TraceFrame> frames, bool isOfPanic) =>
        isOfPanic ? [.. frames.SkipWhile(frame => frame.Function is not ("panic" or "vpanic")).Skip(1)] : frames;

    private static TraceFrame FrameOf(JsonElement frame) =>
        new(BacktraceFrames.Text(frame), frame.GetProperty("stack").GetString()!);

    private static string? UserAddress(JsonElement task) => task.GetProperty("frames").EnumerateArray()
        .Where(frame => frame.GetProperty("isUser").GetBoolean())
        .Select(frame => BacktraceFrames.Address(frame).ToString("x", CultureInfo.InvariantCulture))
        .SingleOrDefault();

    private static string Text(IEnumerable<TraceFrame> frames) => string.Join('\n', frames);
}

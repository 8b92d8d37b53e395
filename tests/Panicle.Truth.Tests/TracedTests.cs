using System.Text.Json;

namespace Panicle.Truth.Tests;

/// <summary>
/// A crash while the function graph tracer and probes of functions' returns have replaced return addresses on every stack: the
/// frames are those that called.
/// </summary>
public class TracedTests
{
    private static readonly string[] Calls =
    [
        "crashme_inner", "crashme_middle", "crashme_outer", "crashme_null_deref", "crashme_write", "full_proxy_write",
        "vfs_write", "ksys_write", "do_syscall_64", "entry_SYSCALL_64_after_hwframe",
    ];

    private static readonly string[] Trampolines = ["return_to_handler", "kretprobe_trampoline", "arch_rethook_trampoline"];

    public static TheoryData<string> Dumps => LabDump.Rows(LabDump.HasReplacedReturns);

    /// <summary>The crash came down through these calls, some of them traced and some probed.</summary>
    [Theory, MemberData(nameof(Dumps))]
    public void The_panic_tasks_callers_are_those_that_called(string name)
    {
        var frames = BacktraceFrames.InKernel(LabDump.Find(name).Ask("bt -p").GetProperty("tasks")[0]);
        Assert.Equal(Calls, frames.Select(FunctionOf));
        Assert.Equal(["graph tracer", "orc", "registers", "return probe"],
            frames.Select(frame => frame.GetProperty("foundBy").GetString()!).Distinct().Order());
    }

    /// <summary>No task has a frame that stands for another, or one that a guess led to.</summary>
    [Theory, MemberData(nameof(Dumps))]
    public void No_task_has_a_tracers_frame(string name)
    {
        var wrong = LabDump.Find(name).Ask("bt").GetProperty("tasks").EnumerateArray()
            .SelectMany(BacktraceFrames.InKernel)
            .Where(frame => !frame.GetProperty("isReliable").GetBoolean() || Trampolines.Contains(FunctionOf(frame)));
        Assert.Empty(wrong.Select(BacktraceFrames.Text));
    }

    private static string? FunctionOf(JsonElement frame) => frame.GetProperty("function").GetString();
}

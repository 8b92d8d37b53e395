using Panicle.Kernel.Unwind;
using Panicle.Symbols;

namespace Panicle.Kernel.Tests;

public class UnwinderTests
{
    [Fact]
    public void The_panic_tasks_frames_are_those_that_the_kernel_printed()
    {
        var kernel = Samples.NullDeref;
        var trace = kernel.Unwinder.Unwind(kernel.Crash.Task!);

        Assert.Null(trace.WhyNotWhole);
        Assert.Equal(
            ["crashme_inner", "crashme_middle", "crashme_outer", "crashme_null_deref", "crashme_write", "full_proxy_write",
                "vfs_write",
                "ksys_write", "do_syscall_64", "entry_SYSCALL_64_after_hwframe", "user"],
            trace.Frames.Select(frame => frame.IsUser ? "user" : frame.Function?.Name));
        Assert.Equal(PrintedFrames(kernel), trace.Frames.Skip(1).Where(frame => !frame.IsUser).Select(Printed));
    }

    [Theory]
    [MemberData(nameof(Samples.Names), MemberType = typeof(Samples))]
    public void Every_task_unwinds_to_its_outermost_frame_without_a_guess(string name)
    {
        var kernel = Samples.Named(name);
        Assert.True(kernel.Tasks.All.Count > 50);
        foreach (var task in kernel.Tasks.All)
        {
            var trace = kernel.Unwinder.Unwind(task);
            Assert.True(trace.WhyNotWhole is null, $"{task}: {trace.WhyNotWhole}");
            Assert.All(trace.Frames, frame =>
                Assert.True(frame.IsReliable && frame.FoundBy is not (FoundBy.Scan or FoundBy.FramePointer), $"{task}: {frame}"));
            var outermost = trace.Frames[^1];
            Assert.True(outermost.IsUser || outermost.Function?.Name is "ret_from_fork" or "ret_from_fork_asm"
                or "secondary_startup_64_no_verify" or "common_startup_64",
                $"{task} ends at {outermost.Function?.Name}");
        }
    }

    [Fact]
    public void A_function_without_rules_is_left_by_its_call_site()
    {
        var trace = Samples.Sysrq.Unwinder.Unwind(Samples.Sysrq.Crash.Task!);
        Assert.Equal("__crash_kexec", trace.Frames[0].Function?.Name);
        Assert.Equal(FoundBy.Registers, trace.Frames[0].FoundBy);
        Assert.Equal("panic", trace.Frames[1].Function?.Name);
        Assert.Equal(FoundBy.CallSite, trace.Frames[1].FoundBy);
        Assert.Equal("sysrq_handle_crash", trace.Frames[2].Function?.Name);
    }

    [Fact]
    public void The_user_mode_frame_has_the_system_call_and_its_arguments()
    {
        var user = Samples.NullDeref.Unwinder.Unwind(Samples.NullDeref.Crash.Task!).Frames[^1];
        Assert.True(user.IsUser);
        Assert.Equal(1UL, user.Registers!["orig_rax"]); // write(2)
        Assert.Equal(10UL, user.Registers["rdx"]); // "null-deref"
        Assert.Equal(0x33UL, user.Registers["cs"]);
    }

    [Fact]
    public void A_walk_from_a_wild_stack_pointer_ends_with_a_reason()
    {
        var kernel = Samples.NullDeref;
        var start = kernel.Cpus.Registers[kernel.Crash.Cpu!.Value];
        foreach (var sp in (ulong[])[0, 1, 0xffff_ffff_ffff_fff8, 0x6b6b_6b6b_6b6b_6b6b, kernel.Crash.Task!.Stack + 0x3ff8])
        {
            var trace = kernel.Unwinder.Unwind(start with { StackPointer = sp }, kernel.Crash.Task, kernel.Crash.Cpu);
            Assert.NotEmpty(trace.Frames);
            Assert.NotNull(trace.WhyNotWhole);
        }
    }

    // The kernel's own trace in the log: from "Call Trace:" to the user-mode RIP, without the lines it doubts.
    private static IEnumerable<string> PrintedFrames(KernelDump kernel) =>
        kernel.Log.Records.Select(record => record.Text)
            .SkipWhile(text => !text.StartsWith("Call Trace:", StringComparison.Ordinal))
            .TakeWhile(text => !text.StartsWith("RIP: 0033", StringComparison.Ordinal)).Select(text => text.Trim())
            .Where(text => text.Contains("+0x") && !text.StartsWith('?'))
            .Select(text => text.Split(' ')[0].Split('/')[0]);

    private static string Printed(StackFrame frame) => $"{frame.Function?.Name}+0x{frame.Offset:x}";
}

using Panicle.Formats.Json;
using Panicle.Kernel.Arch;
using Panicle.Logs.Events;
using Panicle.Symbols;

namespace Panicle.Reports.Tests;

/// <summary>Which frame of a backtrace a crash is told to be in.</summary>
public class CrashFrameTests
{
    private static readonly Processor X86 = Architectures.ProcessorOf("x86-64")!;

    [Fact]
    public void Without_a_capture_the_wait_for_a_restart_is_not_the_place() => Assert.Equal(
        (3, false), Found(Find(null, At("delay_tsc"), Call("__const_udelay"), Call("panic"), Call("mount_root"), Call("steer"))));

    [Fact]
    public void After_an_oops_the_place_is_where_the_exception_came() => Assert.Equal(
        (5, true), Found(Find(null, At("delay_tsc"), Call("panic"), Call("oops_end.cold"), Call("page_fault_oops"),
            Call("exc_page_fault"), Exception("hoist_sail"), Call("steer"))));

    [Fact]
    public void A_watchdog_s_place_is_what_it_interrupted() => Assert.Equal(
        (4, false), Found(Find(null, Call("panic"), Call("watchdog_timer_fn"), Call("__hrtimer_run_queues"),
            Call("sysvec_apic_timer"), Exception("spin_for_ever"), Call("steer"))));

    [Fact]
    public void Who_looks_for_hung_tasks_is_no_place() =>
        Assert.Null(Find(null, Call("panic"), Call("watchdog"), Call("kthread")));

    [Fact]
    public void Behind_a_guess_nothing_is_certain() => Assert.Equal(
        (0, true), Found(Find(null, At("hoist_sail"), Call("steer"), Call("panic") with { IsReliable = false })));

    [Fact]
    public void Of_crashes_within_each_other_the_log_tells_which()
    {
        BacktraceFrame[] frames =
        [
            At("spin"), Call("oops_begin"), Call("exc_page_fault"), Exception("notify", 0x1000), Call("panic"), Call("oops_end"),
            Exception("notify", 0x2000), Call("panic"), Call("oops_end"), Exception("hoist_sail", 0x3000),
        ];
        Assert.Equal((3, true), Found(Find(Told("notify", 0x1000), frames)));
        Assert.Equal((6, true), Found(Find(Told("notify", 0x2000), frames)));
        // Where the log names no stack pointer, the first to come: the outermost.
        Assert.Equal((6, true), Found(Find(Told("notify", null), frames)));
        Assert.Equal((9, true), Found(Find(Told("hoist_sail", 0x3000), frames)));
        // What the log says of a function that isn't on the stack changes nothing.
        Assert.Equal((9, true), Found(Find(Told("elsewhere", 0x1000), frames)));
    }

    [Fact]
    public void Where_the_dump_has_lost_a_name_the_stack_pointer_tells_which_frame_the_log_means()
    {
        BacktraceFrame[] frames =
        [
            Exception("hoist_sail", 0x1000) with { Function = null, Offset = null },
            Call("steer") with { IsReliable = false, FoundBy = FoundBy.Scan },
        ];
        Assert.Equal((0, true), Found(Find(Told("hoist_sail", 0x1000), frames)));
    }

    [Fact]
    public void What_a_scan_found_is_never_the_place()
    {
        var guess = Call("steer") with { IsReliable = false, FoundBy = FoundBy.Scan };
        Assert.Null(Find(null, Call("panic") with { IsReliable = false }, guess));
        Assert.Null(Find(null, Call("panic"), guess));
    }

    [Fact]
    public void A_kernel_without_a_stack_has_no_place() => Assert.Null(Find(null));

    private static (int, bool)? Found(CrashFrame? found) => found is { } frame ? (frame.Index, frame.IsFault) : null;

    private static CrashFrame? Find(OopsEvent? told, params BacktraceFrame[] frames) => CrashFrame.Find(frames, told, X86);

    private static BacktraceFrame Call(string function) =>
        new() { Function = function, Offset = 0x10, Address = 0xffffffff81000010, FoundBy = FoundBy.Orc };

    // Where the CPU was when its registers were saved.
    private static BacktraceFrame At(string function) => Call(function) with { Registers = new Dictionary<string, Address>() };

    private static BacktraceFrame Exception(string function, ulong stack = 0) => At(function) with
    {
        IsException = true,
        FoundBy = FoundBy.ExceptionFrame,
        StackAddress = stack,
    };

    private static OopsEvent Told(string function, ulong? stack) => new(
        OopsKind.NullPointerDereference, "BUG: kernel NULL pointer dereference", function, null, null, 1, 9, 1)
    {
        Instruction = new BacktraceFrame { Function = function, Offset = 0x10 },
        Registers = stack is { } address
            ? new Dictionary<string, Address> { [X86.Registers.StackPointer] = address }
            : new Dictionary<string, Address>(),
    };
}

using Panicle.Kernel;
using Panicle.Symbols;

namespace Panicle.Reports.Sections;

/// <summary>What the kernel said it died of, and where.</summary>
/// <param name="Message">The line of the log that says it; null if none does.</param>
/// <param name="Place">The frame to blame at first sight: the one that died, below the machinery of the panic itself.</param>
/// <param name="ErrorCode">A page fault's error code; null for other causes.</param>
/// <param name="ErrorCodeMeaning">The error code in words.</param>
public sealed record CauseSection(string? Message, BacktraceFrame? Place, ulong? ErrorCode, string? ErrorCodeMeaning)
{
    // Functions between the place where things went wrong and the capture of the dump (kernel/panic.c, kernel/crash_core.c,
    // arch/x86/kernel/dumpstack.c): no one's fault.
    private static readonly HashSet<string> Machinery =
    [
        "__crash_kexec", "crash_kexec", "machine_kexec", "panic", "vpanic", "nmi_panic", "oops_end", "die", "die_addr", "__die",
        "__die_body", "crash_setup_regs", "check_panic_on_warn", "__warn", "kdump_nmi_callback",
    ];

    // Functions that report on the code which they interrupted: the place is there (kernel/watchdog.c, kernel/rcu/tree_stall.h,
    // lib/bug.c and the trap of WARN in arch/x86/kernel/traps.c).
    private static readonly HashSet<string> Reporters =
    [
        "watchdog_timer_fn", "watchdog_hardlockup_check", "watchdog_overflow_callback", "rcu_sched_clock_irq",
        "panic_on_rcu_stall",
        "print_cpu_stall", "print_other_cpu_stall", "check_cpu_stall", "report_bug", "__report_bug", "handle_bug",
    ];

    // khungtaskd (kernel/hung_task.c) found other tasks blocked: they are the matter, not the thread that looks for them.
    private static readonly HashSet<string> Watchers = ["watchdog", "check_hung_uninterruptible_tasks", "hung_task_panic"];

    /// <summary>The crash in one line.</summary>
    public string Title => (Message, Place) switch
    {
        (null, null) => "the kernel died without a word",
        (null, { } place) => $"the kernel died in {place.Place}",
        ({ } message, null) => message,
        ({ } message, { } place) => $"{message} in {place.Place}",
    };

    internal static CauseSection? Read(KernelDump kernel, StackSection? stack)
    {
        if (kernel.Crash.Cpu is null)
            return null;
        var place = stack is null ? null : PlaceIn(stack.Frames);
        var processor = kernel.Architecture.Processor;
        var code = kernel.Log.Records.Select(record => processor.PageFaultCodeIn(record.Text))
            .LastOrDefault(found => found is not null);
        return new CauseSection(
            kernel.System.PanicMessage, place, code, code is { } value ? processor.DescribePageFault(value) : null);
    }

    private static BacktraceFrame? PlaceIn(IReadOnlyList<BacktraceFrame> frames)
    {
        // A frame without a function is a jump to nowhere: the caller is to blame.
        var known = frames.Where(frame => !frame.IsUser && frame.Function is not null).ToList();
        var first = known.FirstOrDefault(frame => !IsOneOf(Machinery, frame));
        if (first is not null && IsOneOf(Watchers, first))
            return null;
        return first is not null && IsOneOf(Reporters, first) ? known.FirstOrDefault(frame => frame.IsException) ?? first : first;
    }

    private static bool IsOneOf(HashSet<string> functions, BacktraceFrame frame)
    {
        // The compiler splits cold code off: panic.cold is panic.
        var name = frame.Function!;
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return functions.Contains(dot < 0 ? name : name[..dot]);
    }
}

using Panicle.Kernel.Arch;
using Panicle.Logs.Events;
using Panicle.Symbols;

namespace Panicle.Reports;

/// <summary>
/// The frame of a backtrace at which things went wrong. It is not always the innermost one: the CPU may have gone on through
/// panic() to the capture of the dump, to the loop that waits for a restart, or into another crash while it handled this one.
/// </summary>
/// <param name="Index">Which frame.</param>
/// <param name="IsFault">Whether an exception came at its instruction.</param>
internal readonly record struct CrashFrame(int Index, bool IsFault)
{
    // From here on the kernel only dies (kernel/panic.c, kernel/crash_core.c, arch/x86/kernel/dumpstack.c): no one's fault.
    private static readonly HashSet<string> Machinery =
    [
        "__crash_kexec", "crash_kexec", "machine_kexec", "panic", "vpanic", "nmi_panic", "oops_end", "die", "die_addr", "__die",
        "__die_body", "crash_setup_regs", "check_panic_on_warn", "__warn", "kdump_nmi_callback",
    ];

    // What handles an exception that nothing can mend: the place is where it came, not who handles it.
    private static readonly HashSet<string> OfException = ["oops_end", "die", "die_addr", "__die", "__die_body", "oops_begin"];

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

    /// <summary>Finds it; null where the backtrace has none.</summary>
    /// <param name="frames">The backtrace of the task that panicked.</param>
    /// <param name="crash">What the log tells of the crash, or null.</param>
    /// <param name="processor">Whose registers the log names.</param>
    public static CrashFrame? Find(IReadOnlyList<BacktraceFrame> frames, OopsEvent? crash, Processor processor) =>
        AsTold(frames, crash, processor) ?? AsCalled(frames);

    // The log names the instruction and the stack pointer: of several crashes within each other these tell which one it is of.
    private static CrashFrame? AsTold(IReadOnlyList<BacktraceFrame> frames, OopsEvent? crash, Processor processor)
    {
        if (crash?.Instruction is not { } told)
            return null;
        ulong? pointer = crash.Registers.TryGetValue(processor.Registers.StackPointer, out var value) ? value : null;
        var same = Enumerable.Range(0, frames.Count).Where(i => frames[i] is { IsUser: false, Registers: not null }
            && (told.Function is null
                ? told.Address is not null && frames[i].Address == told.Address
                : frames[i].Function is null
                    ? pointer is not null && frames[i].StackAddress == pointer // The dump has lost the name.
                    : (frames[i].Function, frames[i].Offset) == (told.Function, told.Offset))).ToList();
        if (same.Count == 0)
            return null;
        var at = same.FindIndex(i => frames[i].StackAddress == pointer);
        // The outermost one came first.
        var found = at < 0 ? same[^1] : same[at];
        return new CrashFrame(found, crash.Kind is not (OopsKind.SoftLockup or OopsKind.HardLockup or OopsKind.RcuStall));
    }

    private static CrashFrame? AsCalled(IReadOnlyList<BacktraceFrame> frames)
    {
        // Only what is certain: behind a guess, panic() may be a leftover of long ago. The outermost one came first.
        var reliable = frames.TakeWhile(frame => frame.IsReliable).Count();
        var machinery = reliable - 1;
        while (machinery >= 0 && !IsOneOf(Machinery, frames[machinery]))
            machinery--;
        var known = Enumerable.Range(0, frames.Count).Where(i => frames[i] is { IsUser: false, Function: not null }
            && (i < reliable || frames[i].Registers is not null)).ToList();
        var after = known.FindIndex(i => i > machinery && !IsOneOf(Machinery, frames[i]));
        if (machinery >= 0 && IsOneOf(OfException, frames[machinery]) && Exception(machinery) is { } fault)
            return new CrashFrame(fault, IsFault: true);
        if (after < 0 || IsOneOf(Watchers, frames[known[after]]))
            return null;
        if (IsOneOf(Reporters, frames[known[after]]))
            return new CrashFrame(Exception(known[after]) ?? known[after], IsFault: false);
        if (machinery >= 0)
            return new CrashFrame(known[after], IsFault: false);
        // No panic at all: a capture kernel was started with the registers of the exception.
        return frames[0] is { IsUser: false, Registers: not null } ? new CrashFrame(0, IsFault: true)
            : new CrashFrame(known[after], IsFault: false);

        int? Exception(int from)
        {
            for (var i = from + 1; i < frames.Count; i++)
            {
                if (frames[i] is { IsException: true, IsUser: false })
                    return i;
            }
            return null;
        }
    }

    private static bool IsOneOf(HashSet<string> functions, BacktraceFrame frame)
    {
        if (frame.IsUser || frame.Function is not { } name)
            return false;
        // The compiler splits cold code off: panic.cold is panic.
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return functions.Contains(dot < 0 ? name : name[..dot]);
    }
}

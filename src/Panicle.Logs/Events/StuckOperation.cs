using System.Text.RegularExpressions;
using Panicle.Logs.Layers;
using Panicle.Symbols;

namespace Panicle.Logs.Events;

/// <summary>
/// What a stuck CPU was at. The timer that noticed hit some random function of a loop, so that is no name for the trouble: the
/// operation is, the innermost function that one of the kernel's dispatchers called.
/// </summary>
internal static partial class StuckOperation
{
    // Names without compiler suffixes.
    private static readonly (string Reason, string Pattern)[] Dispatchers =
    [
        (
            "system calls",
            @"do_syscall_\w+|do_fast_syscall_\w+|do_int80\w*|entry_\w+|sysenter_dispatch|el0_svc\w*|do_el0_svc|invoke_syscall"
                + @"|x64_sys_call|ia32_sys_call|ret_fast_syscall|ret_from_syscall|system_call\w*|syscall_\w+|handle_syscall"
                + @"|__sys_trace\w*"),
        (
            "operations of files",
            @"_*vfs_(?:read|write|readv|writev|ioctl|open|fsync\w*|fallocate|iter_\w+)"
                + @"|do_(?:iter_(?:read|write)\w*|iter_readv_writev|loop_readv\w*|dentry_open)|__fput|chrdev_open|new_sync_\w+"),
        (
            "ioctl",
            @"do_vfs_ioctl|ksys_ioctl|sys_ioctl|(?:__(?:x64|ia32|arm64|do|se)_)(?:compat_)?sys_ioctl|SyS_ioctl"
                + @"|compat_(?:blkdev|SyS|sys)_?ioctl|\w+_compat_ioctl"),
        ("memory maps", @"mmap_region|__mmap_region|do_exit_mmap"),
        ("sockets", @"sock_sendmsg\w*|sock_write_iter|sock_(?:do_)?ioctl|sock_common_\w+|_*sys_[gs]etsockopt|__sock_release"),
        ("netlink", @"rtnetlink_rcv_msg|nfnetlink_rcv_msg|netlink_dump"),
        ("packets", @"_*netif_receive_skb\w*|process_backlog|__napi_poll|napi_poll"),
        ("timers", @"call_timer_fn|_*run_timers|expire_timers|_*hrtimer_run_\w+|__run_hrtimer"),
        ("deferred work", @"kthread|worker_thread|process_one_work|process_scheduled_works"
            + @"|tasklet_action\w*|rcu_do_batch|task_work_run"),
        ("interrupts", @"_*handle_irq_event\w*"),
        ("calls from other CPUs", @"_*flush_smp_call_function_queue|_*sysvec_call_function\w*"),
        ("initcalls", @"do_one_initcall"),
        ("the idle loop", @"cpu_startup_entry|do_idle"),
    ];

    private static readonly LinePattern Dispatcher = new($"^(?:{string.Join('|', Dispatchers.Select(d => d.Pattern))})$");

    public static BacktraceFrame? Find(BacktraceFrame? instruction, IReadOnlyList<CallTrace> traces)
    {
        foreach (var trace in traces)
        {
            var frames = trace.Frames.Where(frame =>
                frame is { IsReliable: true, IsInlined: false, Function: not null }).ToList();
            // The thread that waits for the grace period is shown when it starves; it isn't who is stuck.
            if (!trace.IsOwn || frames.Any(frame => frame.Function is "rcu_gp_kthread"))
                continue;
            var work = frames.Skip(AfterTick(frames)).ToList();
            if (instruction is not null && work.Count == frames.Count)
                work.Insert(0, instruction);
            if ((CrossCalling(work) ?? InModule(work) ?? Operation(work)) is { } found)
                return found;
        }
        return null;
    }

    /// <summary>Whether a function only passes on what its caller asked for.</summary>
    public static bool IsDispatcher(string function) => Dispatcher.IsMatch(function.Split('.')[0]);

    // A CPU that waits for the others to answer is stuck because of them, whatever it wanted.
    private static BacktraceFrame? CrossCalling(List<BacktraceFrame> work) =>
        work.Find(frame => CrossCall().IsMatch(frame.Function!)) is { } cross
            ? cross with { Function = "smp_call_function" } : null;

    // A driver's or file system's module is at it itself, however it was called.
    private static BacktraceFrame? InModule(List<BacktraceFrame> work) =>
        work.Find(frame => frame.Module is not null && KernelLayers.Of(frame) == Layer.Own);

    private static BacktraceFrame? Operation(List<BacktraceFrame> work)
    {
        for (var i = 0; i + 1 < work.Count; i++)
        {
            if (!IsDispatcher(work[i + 1].Function!))
                continue;
            // A worker or thread that gives way is between its works; one that runs a handler does so for it.
            while (i >= 0 && KernelLayers.Of(work[i]) == Layer.Deferred)
                i--;
            return i >= 0 && LayerNames.Of(work[i].Function!) != Layer.Scheduler ? work[i] : null;
        }
        return null;
    }

    // How many frames belong to the CPU's report of itself and to the interrupt that made it.
    private static int AfterTick(List<BacktraceFrame> frames)
    {
        var report = frames.FindIndex(frame => Report().IsMatch(frame.Function!));
        if (report < 0)
            return 0;
        var entry = frames.FindIndex(report, frame => Tick().IsMatch(frame.Function!));
        return entry < 0
            ? report + 1
            : entry + 1 + frames.Skip(entry + 1).TakeWhile(frame => Tick().IsMatch(frame.Function!)).Count();
    }

    [GeneratedRegex(
        @"^(?:dump_stack\w*|show_stack|update_process_times|tick_\w+|nmi_cpu_backtrace|watchdog_timer_fn|rcu_dump_cpu_stacks"
            + @"|_?sched_show_task|dump_cpu_task)")]
    private static partial Regex Report();

    [GeneratedRegex(
        @"^(?:(?:asm_)?(?:sysvec_)?(?:trace_)?apic_timer_interrupt\w*|smp_(?:trace_)?apic_timer_interrupt_\w+|asm_sysvec_\w+"
            + @"|el1_irq|el1h?_64_irq|el1_interrupt|__irq_svc|call_on_irq_stack|ret_from_exception|handle_exception)$")]
    private static partial Regex Tick();

    [GeneratedRegex(@"^(?:smp_call_function\w*|on_each_cpu\w*)$")]
    private static partial Regex CrossCall();
}

namespace Panicle.Lab;

/// <summary>A way for a kernel to die.</summary>
/// <param name="Name">Its name in the lab, the middle part of a cell's name.</param>
/// <param name="Description">What happens, for people.</param>
/// <param name="Orders">What the guest's witness is told (see <c>guest/witness.c</c>).</param>
/// <param name="PanicText">A part of the line that this panic prints, to be sure that the kernel died as meant.</param>
public sealed record Scenario(string Name, string Description, string Orders, string PanicText)
{
    /// <summary>The guest that it happens in.</summary>
    public GuestOptions Guest { get; init; } = GuestOptions.Usual;

    /// <summary>Whether the crash module's handler has to be woken by an NMI from outside.</summary>
    public bool NeedsNmi { get; init; }

    /// <summary>Whether what it shows is in unfiltered dumps only.</summary>
    public bool IsUnfiltered { get; init; }

    /// <summary>Whether it exists to measure speed with.</summary>
    public bool IsForBenchmarks { get; init; }

    /// <summary>Whether it exists to make the dumps that are kept in git, and shows nothing that others don't.</summary>
    internal bool IsForSamples { get; init; }

    /// <summary>The name of the format that shows it, where that isn't the usual one.</summary>
    internal string? Format { get; init; }

    private const string NullPointer = "kernel NULL pointer dereference";
    private const string Protection = "general protection fault";

    /// <summary>Every way in which the lab brings a kernel down.</summary>
    public static readonly Scenario[] All =
    [
        new("sysrq", "`echo c > /proc/sysrq-trigger`", "sysrq=c", "sysrq triggered crash"),
        new("null-deref", "a module reads a member through a null pointer, three named calls deep", "after=null-deref",
            NullPointer),
        new("null-call", "a module calls a null function pointer", "after=null-call", NullPointer),
        new("use-after-free", "a module follows a pointer inside a freed, poisoned slab object", "after=use-after-free",
            Protection),
        new("bug", "a module's `BUG_ON` is true", "after=bug", "kernel BUG at"),
        new("warn", "a module's `WARN`, with `panic_on_warn`", "set=/proc/sys/kernel/panic_on_warn=1 after=warn",
            "panic_on_warn set"),
        new("divide-error", "a module divides by zero", "after=divide-error", "divide error"),
        new("non-canonical", "a module follows a pointer that no address can be", "after=non-canonical", Protection),
        new("list-corruption", "a module adds to a list whose links are broken", "after=list-corruption", "list_add corruption"),
        new("stack-overflow", "a module recurses into the guard page: a double fault", "after=stack-overflow",
            "stack guard page was hit"),
        new("oom", "a process eats all memory, with `panic_on_oom`", "set=/proc/sys/vm/panic_on_oom=2 memory",
            "Out of memory: compulsory panic_on_oom is enabled"),
        new("hung-task", "two tasks block each other; the hung task detector panics",
            "before=abba-deadlock set=/proc/sys/kernel/hung_task_panic=1 set=/proc/sys/kernel/hung_task_timeout_secs=2",
            "hung_task: blocked tasks"),
        new("abba-deadlock", "two tasks hold a mutex each and wait for the other's; then sysrq", "before=abba-deadlock sysrq=c",
            "sysrq triggered crash"),
        new("held-mutex", "a task sleeps with a mutex that another waits for; then sysrq", "before=held-mutex sysrq=c",
            "sysrq triggered crash"),
        new("soft-lockup", "a kernel thread spins with preemption off; the watchdog panics",
            "set=/proc/sys/kernel/watchdog_thresh=1 set=/proc/sys/kernel/softlockup_panic=1 after=soft-lockup",
            "softlockup: hung tasks"),
        new("rcu-stall", "a kernel thread spins inside an RCU reader; the stall detector panics",
            "set=/proc/sys/kernel/watchdog=0 set=/sys/module/rcupdate/parameters/rcu_cpu_stall_timeout=3 "
            + "set=/proc/sys/kernel/panic_on_rcu_stall=1 after=rcu-stall", "RCU Stall"),
        new("timer", "a timer's function crashes, in a soft interrupt", "after=timer", NullPointer),
        new("hrtimer", "a high-resolution timer's function crashes, in a hard interrupt", "after=hrtimer", NullPointer),
        new("ipi", "a function that another CPU was asked to run crashes", "after=ipi", NullPointer),
        new("nmi", "a handler of non-maskable interrupts crashes", "after=nmi", NullPointer) { NeedsNmi = true },
        new("init-exit", "the first process exits", "exit", "Attempted to kill init!"),
        new("page-flags", "sysrq, with the kernel's flags of every page kept in the witness's memory",
            "set=/proc/sys/vm/nr_hugepages=2 pages sysrq=c", "sysrq triggered crash")
        {
            IsUnfiltered = true,
        },
        new("small", "null-deref in a guest that is small enough for its dump to be kept in git", "after=null-deref", NullPointer)
        {
            Guest = GuestOptions.Small,
            IsForSamples = true,
        },
        new("small-sysrq", "sysrq in such a guest", "sysrq=c", "sysrq triggered crash")
        {
            Guest = GuestOptions.Small,
            IsForSamples = true,
        },
        new("big", "null-deref in a guest of 3 GB with 300 tasks, to measure with", "after=null-deref", NullPointer)
        {
            Guest = new GuestOptions(3072, 192, 240, CaptureKind.Header),
            IsForBenchmarks = true,
        },
        new("traced", "null-deref while the function graph tracer and probes of returns replace return addresses",
            "before=held-mutex after=null-deref", NullPointer)
        {
            Guest = GuestOptions.Usual with { Preparation = "traced" },
        },
        new("offline-cpus", "null-deref on a machine of four CPUs of which the second is offline",
            "set=/sys/devices/system/cpu/cpu1/online=0 after=null-deref", NullPointer)
        {
            Guest = GuestOptions.Usual with { Cpus = 4 },
            Format = "qemu-elf",
        },
        new("throttled", "sysrq while groups of tasks have used up their share of the CPUs", "sysrq=c", "sysrq triggered crash")
        {
            Guest = GuestOptions.Usual with { Preparation = "throttled" },
        },
        new("no-kdump", "the first process exits where no capture kernel is loaded: the machine waits for a restart", "exit",
            "Attempted to kill init!")
        {
            Format = "qemu-elf",
        },
        new("swapped", "sysrq while a shell's memory is in swap, on zram and in a file", "sysrq=c", "sysrq triggered crash")
        {
            Guest = GuestOptions.Usual with { Preparation = "swapped", MoreModules = ["zsmalloc", "lzo", "lzo-rle", "zram"] },
        },
        new("nested", "a module divides by zero, and while the kernel panics a notifier reads through a null pointer",
            "set=/sys/module/kernel/parameters/crash_kexec_post_notifiers=1 after=divide-error", "divide error")
        {
            Guest = GuestOptions.Usual with { Preparation = "nested", OwnModule = "nested" },
        },
    ];
}

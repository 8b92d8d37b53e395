using System.Text.RegularExpressions;

namespace Panicle.Logs.Events;

/// <summary>Every headline that is known, the more specific ones first.</summary>
internal static class EventRules
{
    // A function as reports name it, after "in ".
    private const string In = @"(?<f>(?:<[^+\[\]]+>|[A-Za-z_.$])[\w.$:<>]*)(?:\+0x[0-9a-f]+/0x[0-9a-f]+)?";

    public static IReadOnlyList<EventRule> All { get; } =
    [
        // mm/kasan/report.c. "wild", "user" and "invalid" say that there is no object at the address at all.
        new("KASAN: ", @"KASAN: (?:[\w-]+-)?use-after-free in " + In,
            OopsKind.UseAfterFree, Blame.Headline, "KASAN saw a freed object's shadow"),
        new("KASAN: ", @"KASAN: (?:maybe )?(?:[\w-]+-)?use-after-free",
            OopsKind.UseAfterFree, Blame.Trace, "the same, without a symbol"),
        new("KASAN: ", @"KASAN: (?:[\w-]+-)?out-of-bounds(?: \([^)]*\))? (?:in|on) (?:address )?" + In,
            OopsKind.OutOfBounds, Blame.Headline, "KASAN saw a redzone's shadow"),
        new("KASAN: ", @"KASAN: (?:[\w-]+-)?(?:out-of-bounds|out of bounds)",
            OopsKind.OutOfBounds, Blame.Trace, "the same, without a symbol"),
        new("KASAN: ", @"KASAN: (?:double-free(?: or invalid-free)?|invalid-free)(?: in " + In + ")?",
            OopsKind.InvalidFree, Blame.Headline, "free() of what is no live object"),
        new("KASAN: ", @"KASAN: null-ptr-deref (?:in|on) " + In,
            OopsKind.NullPointerDereference, Blame.Headline, "KASAN checked an address near 0",
            except: "KASAN: null-ptr-deref (?:in|on) range"),
        new("KASAN: ", @"KASAN: (?:wild|user)-(?:memory-)?access (?:in|on) " + In,
            OopsKind.WildAccess, Blame.Headline, "no kernel object can be at that address",
            except: "access (?:in|on) (?:range|address)"),
        new("KASAN: ", @"KASAN: invalid-access in " + In,
            OopsKind.WildAccess, Blame.Headline, "tags of pointer and memory differ (arm64 MTE)"),
        new("KASAN: ", @"KASAN: (?:wild|user)-memory-access on address (?<addr>[0-9a-f]+)",
            OopsKind.WildAccess, Blame.Trace, "the oldest wording"),
        new("KASAN: ", @"KASAN: null-ptr-deref on ", OopsKind.NullPointerDereference, Blame.Trace, "the oldest wording"),
        new("KASAN: ", @"(?:BUG|ERROR): KASAN: ",
            OopsKind.MemoryCorruption, Blame.Trace, "a class of KASAN's that this table doesn't know",
            except: "KASAN: .* in range "),
        new("BUG: ", @"KFENCE: use-after-free (?:read|write|\w+) in " + In,
            OopsKind.UseAfterFree, Blame.Headline, "mm/kfence/report.c"),
        new("BUG: ", @"KFENCE: out-of-bounds (?:read|write|\w+) in " + In,
            OopsKind.OutOfBounds, Blame.Headline, "mm/kfence/report.c: a guard page was touched"),
        new("BUG: ", @"KFENCE: memory corruption in " + In,
            OopsKind.MemoryCorruption, Blame.Headline, "mm/kfence/report.c: found when it was freed"),
        new("BUG: ", @"KFENCE: invalid free in " + In, OopsKind.InvalidFree, Blame.Headline, "mm/kfence/report.c"),
        new("BUG: ", @"KFENCE: invalid (?:read|write|\w+) in " + In,
            OopsKind.WildAccess, Blame.Headline, "mm/kfence/report.c: no KFENCE object near"),
        new("BUG: ", @"KMSAN: (?:[\w-]+-)?infoleak\S* in " + In,
            OopsKind.InfoLeak, Blame.Headline, "mm/kmsan/report.c: unset bytes leave the kernel"),
        new("BUG: ", @"KMSAN: use-after-free in " + In,
            OopsKind.UseAfterFree, Blame.Headline, "mm/kmsan/report.c: unset because it was freed"),
        new("BUG: ", @"KMSAN: (?:uninit-value|\S+) in " + In, OopsKind.UninitializedValue, Blame.Headline, "mm/kmsan/report.c"),
        new("BUG: ", @"KCSAN: (?:data-race|assert: race) in " + In, OopsKind.DataRace, Blame.Headline, "kernel/kcsan/report.c"),
        new("UBSAN: ", @"UBSAN: ", OopsKind.UndefinedBehavior, Blame.Trace, "lib/ubsan.c"),

        // Memory that turned out damaged: mm/slub.c, mm/page_alloc.c, lib/list_debug.c, mm/usercopy.c.
        new("corruption", @"^list_(?:add|del) corruption",
            OopsKind.MemoryCorruption, Blame.Trace, "lib/list_debug.c: the neighbours don't point back"),
        new("BUG: ", @"BUG: Bad (?:page|rss-counter) (?:state|map|cache)",
            OopsKind.MemoryCorruption, Blame.Owner,
            "mm/page_alloc.c, mm/memory.c: impossible flags or counts; found when the page is freed, so its owner says more"),
        new("BUG: ", @"BUG: Bad rss-counter", OopsKind.MemoryCorruption, Blame.Nothing, "kernel/fork.c: pages were lost"),
        new("ainted", @"^BUG \S+ \([^)]*\): .*(?:already free|Double free)", OopsKind.InvalidFree, Blame.Trace, "mm/slub.c"),
        new("ainted", @"^BUG \S+ \([^)]*\): (?:Poison|Redzone|Right Redzone|Left Redzone|Padding|Object padding|Freechain"
                + @"|Freepointer|Wrong)",
            OopsKind.MemoryCorruption, Blame.Trace, "mm/slub.c: a check byte changed"),
        new("ainted", @"^BUG \S+ \((?:Tainted|Not tainted)[^)]*\): Objects remaining",
            OopsKind.MemoryLeak, Blame.Trace, "mm/slub.c: a cache was destroyed with objects in use"),
        new("ainted", @"^BUG:? \S+ \((?:Tainted|Not tainted)", OopsKind.MemoryCorruption, Blame.Trace, "mm/slub.c: slab_bug()"),
        new("INFO: ", @"INFO: (?:Freed|Allocated) in " + In,
            OopsKind.MemoryCorruption, Blame.Headline, "mm/slub.c: what is left of a slab report whose headline was lost"),
        new("slab error in", @"slab error in (?<f>\w+)\(\)", OopsKind.MemoryCorruption, Blame.Trace, "mm/slab.c"),
        new("stack-protector", @"stack-protector: Kernel stack is corrupted in: (?:(?<f>[A-Za-z_.$][\w.$]*)\+0x|\S)",
            OopsKind.Panic, Blame.Named, "kernel/panic.c: __stack_chk_fail() panics at once"),
        new("refcount_t: ", @"refcount_t: ", OopsKind.Refcount, Blame.Trace, "lib/refcount.c"),
        new("WARNING: ", @"WARNING: .* at .*lib/refcount\.c:\d+",
            OopsKind.Refcount, Blame.Trace, "lib/refcount.c, its message lost"),
        new("WARNING: ", @"WARNING: .*\bkernel/locking/\w+\.c:\d+", OopsKind.Locking, Blame.Pointer, "a lock's own checks"),
        new("ODEBUG: ", @"ODEBUG: ",
            OopsKind.Warning, Blame.Trace, "lib/debugobjects.c: an active timer or work was freed or set up again",
            except: "ODEBUG: (?:selftest|Out of memory)"),

        // Locks.
        new("possible circular", @"possible circular",
            OopsKind.Locking, Blame.Lock, "kernel/locking/lockdep.c: an order of locks that can deadlock"),
        new("possible recursive", @"possible recursive",
            OopsKind.Locking, Blame.Lock, "kernel/locking/lockdep.c: the same class taken twice"),
        new("possible irq lock", @"possible irq lock inversion", OopsKind.Locking, Blame.Lock, "kernel/locking/lockdep.c"),
        new("INFO: ", @"INFO: (?:trying to register non-static key)", OopsKind.Locking, Blame.Trace, "kernel/locking/lockdep.c"),
        new("inconsistent lock", @"inconsistent lock state", OopsKind.Locking, Blame.Lock, "kernel/locking/lockdep.c"),
        new("-safe -> ", @"\w+-safe -> \w+-unsafe lock order detected", OopsKind.Locking, Blame.Lock, "kernel/locking/lockdep.c"),
        new("suspicious ", @"suspicious (?:RCU|rcu_dereference_check\(\)) usage",
            OopsKind.Locking, Blame.Trace, "lockdep_rcu_suspicious()"),
        new("bad unlock balance", @"bad unlock balance", OopsKind.Locking, Blame.Lock, "kernel/locking/lockdep.c"),
        new("bad contention", @"bad contention detected", OopsKind.Locking, Blame.Lock, "kernel/locking/lockdep.c"),
        new("held lock freed", @"held lock freed", OopsKind.Locking, Blame.Trace, "kernel/locking/lockdep.c"),
        new("lock held ", @"lock held (?:when returning to user|at task exit)",
            OopsKind.Locking, Blame.Held, "kernel/locking/lockdep.c"),
        new("still ha", @"still (?:has|have) locks? held", OopsKind.Locking, Blame.Held, "kernel/locking/lockdep.c"),
        new("Invalid wait context", @"Invalid wait context",
            OopsKind.Locking, Blame.Lock, "kernel/locking/lockdep.c: a sleeping lock inside a raw one"),
        new("ested lock was not", @"[Nn]ested lock was not taken", OopsKind.Locking, Blame.Trace, "kernel/locking/lockdep.c"),
        new("DEBUG_LOCKS_WARN_ON", @"DEBUG_LOCKS_WARN_ON", OopsKind.Locking, Blame.Trace, "lockdep or a lock checked itself"),
        new("BUG: ", @"BUG: (?:using )?(?:__this_cpu_\w+|smp_processor_id)\(\) in preemptible",
            OopsKind.Locking, Blame.Trace, "lib/smp_processor_id.c: a CPU's data without pinning the task"),
        new("BUG: ", @"BUG: (?:spinlock|rwlock|mutex|rt_mutex|rwsem)[ -]?(?:lockup|bad|wrong|already|recursion|cpu|uninit|trylock"
                + @"|\w+)",
            OopsKind.Locking, Blame.Trace, "kernel/locking/spinlock_debug.c"),
        new("BUG: ", @"BUG: workqueue leaked (?:lock|atomic)", OopsKind.Locking, Blame.Lock, "kernel/workqueue.c"),
        new("BUG: ", @"BUG: (?:sleeping function called|scheduling while atomic|atomic scheduling)",
            OopsKind.SleepInAtomic, Blame.Trace, "kernel/sched/core.c"),
        new("context switch within RCU", @"[Vv]oluntary context switch within RCU",
            OopsKind.SleepInAtomic, Blame.Trace, "kernel/rcu/tree_plugin.h"),
        new("BUG: ", @"BUG: (?:MAX_LOCK|MAX_STACK|MAX_LOCKDEP|MAX_\w+) \S+ too low|BUG: MAX_\w+ too low",
            OopsKind.Locking, Blame.Nothing, "lockdep ran out of its tables"),

        // What hangs.
        new("BUG: ", @"BUG: soft lockup - CPU#(?<cpu>\d+) stuck for \S+ \[(?<comm>.*):(?<pid>\d+)\]",
            OopsKind.SoftLockup, Blame.Stuck, "kernel/watchdog.c"),
        new("BUG: ", @"BUG: soft lockup", OopsKind.SoftLockup, Blame.Stuck, "kernel/watchdog.c"),
        new("LOCKUP", @"[Hh]ard LOCKUP on cpu (?<cpu>\d+)",
            OopsKind.HardLockup, Blame.Stuck, "kernel/watchdog.c, watchdog_perf.c"),
        new("LOCKUP", @"[Ww]atchdog detected (?:hard )?LOCKUP|hard LOCKUP",
            OopsKind.HardLockup, Blame.Stuck, "kernel/watchdog.c"),
        new("INFO: ", @"INFO: rcu_\w+ (?:self-)?detected (?:expedited )?stalls?",
            OopsKind.RcuStall, Blame.Stuck, "kernel/rcu/tree_stall.h"),
        new("INFO: ", @"INFO: rcu.{0,40} stall(?:s|ed)? on", OopsKind.RcuStall, Blame.Stuck, "kernel/rcu/tree_stall.h"),
        new("kthread starved", @"rcu_\w+ kthread (?:starved|timer wakeup)",
            OopsKind.RcuStall, Blame.Stuck, "kernel/rcu/tree_stall.h"),
        new("INFO: ", @"INFO: task (?<comm>.*):(?<pid>\d+) blocked (?:in I/O wait )?for more than",
            OopsKind.HungTask, Blame.Waiter, "kernel/hung_task.c"),
        new("INFO: ", @"INFO: task (?<comm>.*):(?<pid>\d+) can't die for more than",
            OopsKind.HungTask, Blame.Waiter, "kernel/hung_task.c (linux-next)"),
        new("blocked for more than", @"blocked for more than \d+ seconds",
            OopsKind.HungTask, Blame.Waiter, "the same, its command torn apart"),
        new("unregister_netdevice: ", @"unregister_netdevice: waiting for (\S+) to become free",
            OopsKind.HungTask, Blame.Nothing, "net/core/dev.c: somebody keeps a reference", HeadlinePart.Line),
        new("BUG: ", @"BUG: workqueue lockup",
            OopsKind.SoftLockup, Blame.Nothing, "kernel/workqueue.c: no worker of a pool made progress"),

        // Faults of the CPU.
        new("Kernel panic", @"Kernel panic - not syncing: (?<why>corrupted stack end.*)",
            OopsKind.Panic, Blame.Stuck,
            "schedule() found a stack's end overwritten, long after: the operation is what is known"),
        new("BUG: ", @"BUG: (?:stack guard page was hit|(?:TASK|IRQ|\w+) stack guard page)",
            OopsKind.StackOverflow, Blame.Recursion, "arch/x86: the guard page below a stack"),
        new("stack overflow", @"kernel stack overflow|Kernel stack overflow|stack overflow detected",
            OopsKind.StackOverflow, Blame.Recursion, "arch: overflow_stack"),
        new("double fault", @"(?:PANIC: |traps: )?double fault",
            OopsKind.DoubleFault, Blame.Pointer, "arch/x86/kernel/doublefault.c, traps.c"),
        new("NULL pointer dereference", @"(?:BUG: |Unable to handle )(?:unable to handle )?kernel NULL pointer dereference,? "
                + @"(?:(?:on \w+ )?at )?(?:virtual )?(?:address:? )?(?:(?:0x)?(?<addr>[0-9a-f]{8,16})\b)?",
            OopsKind.NullPointerDereference, Blame.Pointer, "a fault below PAGE_SIZE"),
        new("NULL pointer dereference", @"[Kk]ernel NULL pointer dereference(?: on \w+ at 0x(?<addr>[0-9a-f]+))?",
            OopsKind.NullPointerDereference, Blame.Pointer, "powerpc's wording"),
        new("nable to handle", @"BUG: unable to handle (?:kernel )?(?:paging request|page fault) (?:at|for address:?) "
                + @"(?<addr>[0-9a-f]+)?",
            OopsKind.PageFault, Blame.Pointer, "arch/x86/mm/fault.c"),
        new("paging request", @"[Uu]nable to handle (?:kernel )?paging request (?:at|for) "
                + @"(?:virtual |unknown |data |instruction )?(?:address|at address)? ?(?:0x)?(?<addr>[0-9a-f]+)?",
            OopsKind.PageFault, Blame.Pointer, "arm, arm64, riscv, mips, s390"),
        new("paging request", @"^paging request at (?<addr>[0-9a-f]+)",
            OopsKind.PageFault, Blame.Pointer, "the rest of an x86 headline that was torn apart"),
        new("nable to handle", @"[Uu]nable to handle (?:kernel )?(?:execut\w+|access to|read from|write to|data"
                + @"|instruction).{0,60}",
            OopsKind.PageFault, Blame.Pointer, "arm64: die_kernel_fault()"),
        new("nable to handle", @"BUG: unable to handle|^Unable to handle",
            OopsKind.PageFault, Blame.Pointer, "a headline whose end is missing", HeadlinePart.General),
        new("BUG: ", @"BUG: Kernel (?:NULL pointer dereference|data access|instruction fetch|[Uu]nable)"
                + @"(?: on \w+ at 0x(?<addr>[0-9a-f]+))?",
            OopsKind.PageFault, Blame.Pointer, "powerpc: bad_page_fault()"),
        new("Kernel attempted to ", @"[Kk]ernel attempted to (?:read|write|access|execute)",
            OopsKind.PageFault, Blame.Pointer, "powerpc: what comes before", HeadlinePart.General),
        new("kernel tried to execute", @"kernel tried to execute",
            OopsKind.PageFault, Blame.Pointer, "x86: what comes before a fault of fetching", HeadlinePart.General),
        new("nable to handle", @"unable to handle kernel (?:access|execution) of user",
            OopsKind.PageFault, Blame.Pointer, "x86, s390"),
        new("general protection fault", @"general protection fault(?:,| for|: [0-9a-f]{4}|$)(?:.*address 0x(?<addr>[0-9a-f]+))?",
            OopsKind.GeneralProtectionFault, Blame.Pointer, "arch/x86/kernel/traps.c"),
        new("divide error", @"^(?:Oops: )?divide error:", OopsKind.DivideError, Blame.Pointer, "arch/x86/kernel/traps.c"),
        new("kernel BUG at ", @"kernel BUG at (?:\S*/)?lib/list_debug\.c",
            OopsKind.MemoryCorruption, Blame.Pointer, "lib/list_debug.c, its message lost"),
        new("kernel BUG at ", @"kernel BUG at (?<file>\S+?)!?$", OopsKind.Bug, Blame.Pointer, "BUG(): lib/bug.c"),
        new("kernel BUG at ", @"kernel BUG at ", OopsKind.Bug, Blame.Pointer, "BUG(): lib/bug.c"),
        new("Kernel BUG", @"[Kk]ernel BUG(?: at (?<file>\S+))?",
            OopsKind.Bug, Blame.Pointer, "BUG() on arm64, powerpc", HeadlinePart.General),
        new("invalid opcode", @"^(?:Oops: )?invalid opcode:",
            OopsKind.InvalidOpcode, Blame.Pointer,
            "arch/x86/kernel/traps.c: after a BUG it is BUG's own instruction", HeadlinePart.General),
        new("Internal error", @"Internal error: Oops - undefined instruction",
            OopsKind.InvalidOpcode, Blame.Pointer, "arm, arm64", HeadlinePart.General),
        new("lignment ", @"(?:Unhandled fault: alignment|[Aa]lignment (?:trap|exception)|unaligned access)",
            OopsKind.Alignment, Blame.Pointer, "arm: do_alignment()"),
        new("Unhandled ", @"Unhandled (?:fault|prefetch abort)", OopsKind.PageFault, Blame.Pointer, "arm, arm64: do_DataAbort()"),
        new("Internal error", @"^Internal error: .*BUG", OopsKind.Bug, Blame.Pointer, "arm, arm64: die()", HeadlinePart.General),
        new("Internal error", @"^Internal error: ", OopsKind.PageFault, Blame.Pointer, "arm, arm64: die()", HeadlinePart.General),
        new("Oops", @"^Oops(?:[: -]|$)",
            OopsKind.PageFault, Blame.Pointer, "die() where the headline before it is missing", HeadlinePart.General),
        new("stack segment", @"^(?:Oops: )?stack segment:",
            OopsKind.GeneralProtectionFault, Blame.Pointer, "arch/x86/kernel/traps.c"),
        new("segment not present", @"^(?:Oops: )?segment not present:",
            OopsKind.GeneralProtectionFault, Blame.Pointer, "arch/x86/kernel/traps.c"),
        new("control protection", @"control protection (?:fault|exception)|Missing ENDBR",
            OopsKind.Bug, Blame.Pointer, "arch/x86/kernel/cet.c: a jump to where none should go"),
        new("CFI failure", @"CFI failure at " + In,
            OopsKind.Bug, Blame.Headline, "kernel/cfi.c: a call through a pointer of another type"),
        new("SError Interrupt", @"SError Interrupt on CPU",
            OopsKind.HardwareError, Blame.Pointer, "arm64: the bus reported an error"),
        new("kernel stack regs", @"WARNING: kernel stack (?:regs|frame pointer)",
            OopsKind.Warning, Blame.Nothing, "arch/x86/kernel/unwind_frame.c", HeadlinePart.Line),

        // Warnings.
        new("WARNING: ", @"WARNING: (?:(?:CPU: (?<cpu>\d+) )?(?:PID: (?<pid>\d+) )?)?at (?<file>\S+?)(?:,? (?:at )?" + In
                + @"(?: \[\w+\])?)?(?:, CPU.*)?$",
            OopsKind.Warning, Blame.Pointer, "WARN(): kernel/panic.c", HeadlinePart.General),
        new("WARNING: ", @"WARNING: (?<file>\S+\.[chS]:\d+) at (?:0x|" + In + ")",
            OopsKind.Warning, Blame.Pointer, "WARN() since 6.17: the place comes first", HeadlinePart.General),
        new("WARNING: ", @"WARNING: (?:CPU: |at )",
            OopsKind.Warning, Blame.Pointer, "WARN(): kernel/panic.c", HeadlinePart.General),
        new("BUG: ", @"BUG: memory leak", OopsKind.MemoryLeak, Blame.Allocation, "mm/kmemleak.c"),
        new("unreferenced object", @"^unreferenced object 0x", OopsKind.MemoryLeak, Blame.Allocation, "mm/kmemleak.c"),
        new("panicked at", @"panicked at |attempt to (?:add|subtract|multiply|divide|shift).* with overflow",
            OopsKind.UndefinedBehavior, Blame.Trace, "rust/kernel: Rust's checks"),
        new("usercopy: ", @"usercopy: [Kk]ernel memory (?:exposure|overwrite) attempt",
            OopsKind.Bug, Blame.Trace, "mm/usercopy.c: the BUG that follows is its own"),
        new("Busy inodes", @"VFS: Busy inodes after unmount",
            OopsKind.UseAfterFree, Blame.Nothing, "fs/super.c: inodes outlive their file system"),
        new("BUG: ", @"^BUG: ", OopsKind.Bug, Blame.Trace, "another BUG headline", except: "syz|KASAN"),

        // Resources.
        new("invoked oom-killer", @"^(?<comm>\S.{0,15}) invoked oom-killer",
            OopsKind.OutOfMemory, Blame.Nothing, "mm/oom_kill.c: dump_header(); who asked isn't to blame"),
        new("Kernel panic", @"Kernel panic - not syncing: (?<why>(?:Out of memory|System is deadlocked on memory).*)",
            OopsKind.OutOfMemory, Blame.Nothing, "mm/oom_kill.c"),
        new("Out of memory", @"Out of memory(?: \(oom_kill_allocating_task\))?: Kill(?:ed)? process "
                + @"(?<pid>\d+) \((?<comm>[^)]*)\)",
            OopsKind.OutOfMemory, Blame.Nothing, "mm/oom_kill.c", HeadlinePart.Line),
        new("page allocation failure", @"page allocation failure: order",
            OopsKind.OutOfMemory, Blame.Allocation, "mm/page_alloc.c"),

        // Hardware. An error is told in several lines.
        new("Kernel panic", @"Kernel panic - not syncing: (?<why>(?:Fatal (?:local )?machine check|Fatal hardware error"
                + @"|Machine check|Timeout: Not all CPUs entered broadcast exception|NMI: Not continuing|Uncorrected ).*)",
            OopsKind.HardwareError, Blame.Nothing, "arch/x86/kernel/cpu/mce, drivers/acpi/apei: the machine's own fault"),
        new("[Hardware Error]", @"\[Hardware Error\]", OopsKind.HardwareError, Blame.Nothing, "mce, GHES", HeadlinePart.Record),
        new("Machine check", @"Machine check events logged",
            OopsKind.HardwareError, Blame.Nothing, "arch/x86/kernel/cpu/mce", HeadlinePart.Record),
        new("EDAC ", @"^EDAC (?:\S+: \d+ (?:CE|UE) |\S+ MC\d+: )",
            OopsKind.HardwareError, Blame.Nothing, "drivers/edac", HeadlinePart.Record),
        new("PCIe Bus Error", @"PCIe Bus Error: severity",
            OopsKind.HardwareError, Blame.Nothing, "drivers/pci/pcie/aer.c", HeadlinePart.Record),
        new("AER: Unc", @"AER: Uncorrect\w+ \(\w[^)]*\) (?:error|message) received",
            OopsKind.HardwareError, Blame.Nothing, "drivers/pci/pcie/aer.c", HeadlinePart.Record),

        // Storage.
        new("-fs error", @"^EXT[234]-fs error(?: \([^)]*\): (?<f>\w+):\d+)?",
            OopsKind.FilesystemError, Blame.Headline, "fs/ext4/super.c", HeadlinePart.Line),
        new("XFS (", @"^XFS \(\S+\): (?:Internal error (?:\S+ == \w+|(?<f>\w+))? at line"
                + @"|(?:Metadata )?[Cc]orruption detected at (?<f>\w+)|Internal error|Corruption|Metadata corruption"
                + @"|metadata I/O error(?: in ""(?<f>\w+))?)",
            OopsKind.FilesystemError, Blame.Headline, "fs/xfs/xfs_error.c", HeadlinePart.Line),
        new("BTRFS error", @"^BTRFS error \(device [^)]*\)(?:.* in (?<f>\w+):\d+)?",
            OopsKind.FilesystemError, Blame.Headline, "fs/btrfs/messages.c", HeadlinePart.Line),
        new("BTRFS crit", @"^BTRFS crit\w* \(device [^)]*\)(?:.* in (?<f>\w+):\d+)?",
            OopsKind.FilesystemError, Blame.Headline, "fs/btrfs/messages.c", HeadlinePart.Line),
        new("BTRFS: error", @"^BTRFS: error \(device [^)]*\)(?:.* in (?<f>\w+):\d+)?",
            OopsKind.FilesystemError, Blame.Headline, "fs/btrfs/messages.c", HeadlinePart.Line),
        new("controller is down", @"^nvme \S+: controller is down",
            OopsKind.IoError, Blame.Nothing, "drivers/nvme/host/pci.c", HeadlinePart.Line),
        new(" timeout, ", @"^nvme \S+: I/O .*timeout, (?:reset|disable)",
            OopsKind.IoError, Blame.Nothing, "drivers/nvme/host/pci.c: aborting alone may still mend it", HeadlinePart.Line),
        new("I/O error", @"(?:blk_update_request: |^)(?:critical \w+ error|I/O error), dev ",
            OopsKind.IoError, Blame.Nothing, "block/blk-core.c", HeadlinePart.Line),

        new("Kernel panic", @"Kernel panic - not syncing: (?<why>.*)",
            OopsKind.Panic, Blame.Trace, "kernel/panic.c", HeadlinePart.Panic),
    ];

    /// <summary>The words that lead to every rule.</summary>
    public static IEnumerable<string> Gates => All.Select(rule => rule.Gate).Distinct();

    /// <summary>The first rule whose form a message has.</summary>
    public static (EventRule Rule, Match Match)? Find(string text)
    {
        foreach (var rule in All)
        {
            if (rule.Match(text) is { } match)
                return (rule, match);
        }
        return null;
    }
}

using System.Text.RegularExpressions;
using Panicle.Logs.Events;
using Panicle.Symbols;

namespace Panicle.Logs.Layers;

/// <summary>Which layer of the kernel a frame's function is in.</summary>
internal static partial class KernelLayers
{
    // The longest prefix of a path decides. What isn't here is somebody's own.
    private static readonly (Layer Layer, string[] Paths)[] Places =
    [
        (Layer.Report,
        [
            "kernel/panic.c", "kernel/printk/", "kernel/watchdog", "kernel/hung_task.c", "kernel/stacktrace.c",
            "kernel/extable.c", "kernel/locking/lockdep", "kernel/rcu/tree_stall.h", "kernel/kcsan/", "kernel/cfi.c",
            "kernel/kallsyms.c", "kernel/trace/", "kernel/kprobes.c", "kernel/jump_label.c", "kernel/static_call",
            "kernel/scs.c", "kernel/debug/", "lib/dump_stack.c", "lib/bug.c", "lib/ubsan.c", "lib/list_debug.c",
            "lib/debugobjects.c", "lib/stackdepot.c", "lib/nmi_backtrace.c", "lib/fault-inject", "lib/smp_processor_id.c",
            "mm/kasan/", "mm/kmsan/", "mm/kfence/", "mm/kmemleak.c", "mm/debug.c", "mm/usercopy.c", "mm/page_owner.c",
            "mm/page_poison.c", "mm/page_table_check.c", "arch/x86/mm/fault.c", "arch/x86/mm/extable.c",
            "arch/x86/kernel/traps.c", "arch/x86/kernel/dumpstack", "arch/x86/kernel/unwind", "arch/x86/kernel/stacktrace.c",
            "arch/x86/kernel/nmi.c", "arch/x86/kernel/cet.c", "arch/x86/kernel/kprobes/", "arch/x86/kernel/ftrace",
            "arch/x86/kernel/jump_label.c", "arch/x86/kernel/doublefault", "arch/x86/kernel/module.c",
            "arch/x86/mm/physaddr.c",
        ]),
        (Layer.Entry,
        [
            "arch/x86/entry", "arch/x86/kernel/irq", "arch/x86/kernel/apic", "arch/x86/kernel/process.c",
            "arch/x86/kernel/smp.c", "arch/x86/kernel/head", "arch/x86/kernel/entry", "arch/x86/kernel/time.c",
        ]),
        (Layer.Library, ["lib", "arch/x86/lib", "include", "arch/x86/include", "mm/maccess.c", "mm/util.c"]),
        (Layer.Allocator,
        [
            "mm/slub.c", "mm/slab", "mm/page_alloc.c", "mm/vmalloc.c", "mm/mempool.c", "mm/percpu", "mm/dmapool.c",
            "mm/show_mem.c", "mm/swap.c", "mm/page_frag_cache.c", "mm/page_isolation.c", "kernel/dma/",
            "drivers/base/devres.c", "mm/page_reporting.c", "mm/debug_page_alloc.c", "mm/early_ioremap.c", "mm/ioremap.c",
            "mm/highmem.c",
        ]),
        (Layer.Lock, ["kernel/locking/", "kernel/sched/completion.c", "kernel/sched/wait", "kernel/sched/swait.c"]),
        (Layer.Rcu, ["kernel/rcu/"]),
        (Layer.Scheduler, ["kernel/sched/core.c", "kernel/sched/idle.c", "kernel/sched/clock.c", "arch/x86/kernel/process_"]),
        (Layer.Time, ["kernel/time/"]),
        (Layer.Deferred,
        [
            "kernel/workqueue.c", "kernel/kthread.c", "kernel/softirq.c", "kernel/irq/", "kernel/smp.c", "kernel/irq_work.c",
            "kernel/task_work.c", "kernel/async.c", "kernel/notifier.c", "kernel/stop_machine.c", "kernel/cpu.c",
            "kernel/entry/", "init",
        ]),
        (Layer.Model,
        [
            "drivers/base", "fs/sysfs", "fs/kernfs", "fs/proc", "fs/debugfs", "lib/kobject", "fs/seq_file.c", "fs/char_dev.c",
        ]),
        (Layer.Bus, ["drivers/usb/core", "drivers/i2c", "drivers/spi", "drivers/virtio"]),
        (Layer.Net, ["net/core/skbuff.c", "net/core/sock.c", "include/net", "net/core/stream.c"]),
        (Layer.Cache,
        [
            "mm/filemap.c", "mm/truncate.c", "mm/readahead.c", "mm/folio-compat.c", "mm/page-writeback.c", "fs/buffer.c",
        ]),
        (Layer.Files,
        [
            "fs/read_write.c", "fs/file_table.c", "fs/file.c", "fs/ioctl.c", "fs/open.c", "fs/splice.c", "fs/select.c",
        ]),
    ];

    // Whoever was called there only did what it was told.
    private const Layer Tools = Layer.Report | Layer.Entry | Layer.Library | Layer.Allocator | Layer.Lock;

    /// <summary>What a signature leaves out: whoever called it, it did the same.</summary>
    public const Layer Instruments = Tools | Layer.Scheduler | Layer.Rcu | Layer.Time;

    // A crash there is rarely its own.
    private const Layer Common = Layer.Rcu | Layer.Time | Layer.Deferred | Layer.Model | Layer.Bus | Layer.Net | Layer.Cache
        | Layer.Files;

    /// <summary>The layers in which nothing is ever to blame: where something waits, the scheduler only makes it wait.</summary>
    public static Layer Never(OopsKind kind) =>
        IsOfTime(kind) && kind != OopsKind.Locking ? Tools | Layer.Scheduler | Layer.Time | Layer.Rcu : Tools;

    private static bool IsOfTime(OopsKind kind) => kind is OopsKind.SleepInAtomic or OopsKind.HungTask or OopsKind.Locking
        or OopsKind.RcuStall or OopsKind.SoftLockup or OopsKind.HardLockup;

    /// <summary>The layers that are passed over for a kind of event, where something outside of them called them.</summary>
    public static Layer PassedOver(OopsKind kind) => kind switch
    {
        _ when IsOfTime(kind) => Common | Layer.Scheduler,
        OopsKind.Warning => Common | Layer.Registration,
        // The page cache's trees are where broken memory shows; who walked them then is chance.
        OopsKind.NullPointerDereference or OopsKind.PageFault or OopsKind.GeneralProtectionFault => Common & ~Layer.Cache,
        _ => Common,
    };

    /// <summary>The layer of a frame's function.</summary>
    public static Layer Of(BacktraceFrame frame)
    {
        var name = FunctionName.Plain(frame.Function!);
        if (FileSystemReport().IsMatch(name))
            return Layer.Report;
        if (Assertion().IsMatch(name)
            || (frame.Module is null && !StuckOperation.IsDispatcher(name) && Holder().IsMatch(name)))
            return Layer.Library;
        var layer = Placed(frame, name);
        if (layer == Layer.Own && frame.Module is null && Allocating().IsMatch(name) && FunctionPlaces.Of(name).Any(IsMemory))
            return Layer.Allocator;
        if (layer is not (Layer.Own or Layer.Library) && Reporter().IsMatch(name))
            return Layer.Report;
        if (layer == Layer.Scheduler && Locking().IsMatch(name))
            return Layer.Lock;
        return (layer & Tools) == 0 && Registration().IsMatch(name) ? layer | Layer.Registration : layer;
    }

    private static Layer Placed(BacktraceFrame frame, string name)
    {
        // A line in a header is of what was inlined there.
        if (frame.Location is { } location && !location.Contains(".h:", StringComparison.Ordinal)
            && OfPath(location) is { } printed)
            return printed;
        var source = frame.Function!.TrimStart('.').Split('.')[0];
        var paths = FunctionPlaces.Of(source).ToList();
        if (paths.Exists(path => !IsHeader(path)))
            paths.RemoveAll(IsHeader);
        var layer = paths.Count > 0 ? Majority(paths)
            : name == source || name.Contains("::", StringComparison.Ordinal) ? LayerNames.Of(name)
            : Layer.Files;
        if (frame.Module is not { } module)
            return layer;
        // The module says more than a name does. But functions of headers are compiled into each.
        var homes = FunctionPlaces.Of($"[{module.Replace('-', '_')}]").ToList();
        return layer == Layer.Library ? layer : homes.Count > 0 ? Majority(homes) : Layer.Own;
    }

    private static bool IsHeader(string path) => path.StartsWith("include/", StringComparison.Ordinal);

    // The directories at the top of the kernel's tree.
    private static readonly string[] Tops =
    [
        "arch/", "block/", "crypto/", "drivers/", "fs/", "include/", "init/", "io_uring/", "ipc/", "kernel/", "lib/", "mm/",
        "net/", "security/", "sound/", "virt/",
    ];

    /// <summary>The layer of a source file, by its path in the kernel's tree or with what a build puts before it; null where it
    /// isn't in that tree.</summary>
    public static Layer? OfPath(string path)
    {
        if (Array.Exists(Tops, top => path.StartsWith(top, StringComparison.Ordinal)))
            return OfTreePath(path);
        var inside = Tops.Select(top => path.IndexOf("/" + top, StringComparison.Ordinal)).Where(at => at >= 0);
        return inside.Any() ? OfTreePath(path[(inside.Min() + 1)..]) : null;
    }

    private static Layer OfTreePath(string path)
    {
        path = Architecture().Replace(path, "arch/x86/");
        var best = (Length: -1, Layer: Layer.Own);
        foreach (var (layer, prefixes) in Places)
        {
            foreach (var prefix in prefixes)
            {
                if (path.StartsWith(prefix, StringComparison.Ordinal) && prefix.Length > best.Length)
                    best = (prefix.Length, layer);
            }
        }
        return best.Layer;
    }

    private static bool IsMemory(string path) => path.StartsWith("mm/", StringComparison.Ordinal);

    private static Layer Majority(List<string> paths) =>
        paths.Select(OfTreePath).GroupBy(layer => layer).MaxBy(group => group.Count())!.Key;

    // Each architecture's directory has the same files: traps.c, fault.c, entry, lib.
    [GeneratedRegex(@"^arch/\w+/", RegexOptions.CultureInvariant)]
    private static partial Regex Architecture();

    // Whatever the subsystem, its last user's put finds what others broke, and a copy takes what it is given.
    [GeneratedRegex(@"(?:^|_)(?:i|f|d|mnt)?put$|(?:^|_)copy_(?:to|from)_(?:iter|user)"
            + @"|^_*(?:raw_)?(?:spin|read|write)_(?:rq_)?(?:try)?(?:un)?lock", RegexOptions.CultureInvariant)]
    private static partial Regex Holder();

    // File systems have their own functions that tell of damage, in their modules.
    [GeneratedRegex(@"^(?:xfs_(?:error_report|corruption_error|do_force_shutdown|force_shutdown)"
            + @"|xfs_(?:buf_)?(?:verifier|inode_verifier)_error|jbd2_journal_abort"
            + @"|_*ext[234]_(?:\w+_)?(?:error|abort|std_error)\w*|_*btrfs_(?:abort_transaction|handle_fs_error|panic))$",
        RegexOptions.CultureInvariant)]
    private static partial Regex FileSystemReport();

    // Names of functions that only fail.
    [GeneratedRegex(@"(?:^|_)ass(?:ert_?)?fail", RegexOptions.CultureInvariant)]
    private static partial Regex Assertion();

    // Memory management has its own wrappers of allocation in many files.
    [GeneratedRegex(@"^_*(?:alloc|free)_(?:pages?|frozen|contig|bulk|hugepage)|alloc_pages|_alloc_folio|folio_alloc",
        RegexOptions.CultureInvariant)]
    private static partial Regex Allocating();

    [GeneratedRegex(@"^_*(?:print|dump|show|warn|report)_|_bug$", RegexOptions.CultureInvariant)]
    private static partial Regex Reporter();

    [GeneratedRegex(@"_(?:un)?lock(?:_|$)", RegexOptions.CultureInvariant)]
    private static partial Regex Locking();

    [GeneratedRegex(@"(?:^|_)(?:un)?register(?:_|ed_|$)", RegexOptions.CultureInvariant)]
    private static partial Regex Registration();
}

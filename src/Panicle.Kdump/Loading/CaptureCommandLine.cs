using System.Globalization;
using System.Text;
using Panicle.Kdump.Configuration;

namespace Panicle.Kdump.Loading;

/// <summary>
/// The capture kernel's command line: the running kernel's without what doesn't fit a small kernel, and with what does.
/// </summary>
public static class CaptureCommandLine
{
    // COMMAND_LINE_SIZE of x86 and arm64, without the end and what is put before it (elfcorehdr=): beyond it the kernel cuts.
    private const int MostBytes = 2048 - 1 - 64;

    // 64 MB in slabs of 2 KB: what the kernel takes by itself.
    private const ulong UsualSwiotlb = 32768;

    // They set memory aside, name a root or an initramfs that isn't there, or are the running kernel's own affair.
    private static readonly HashSet<string> Dropped =
    [
        "BOOT_IMAGE", "initrd", "root", "rootflags", "rootfstype", "rootdelay", "rootwait", "ro", "rw", "init", "rdinit",
        "resume", "resume_offset", "bootconfig", "nr_cpus", "maxcpus", "possible_cpus", "additional_cpus", "quiet", "splash",
        "showopts", "memmap", "mem", "memtest", "movablecore", "kernelcore", "reserve_mem", "isolcpus", "nohz_full",
        "rcu_nocbs", "irqaffinity", "slub_debug", "slab_debug", "page_owner", "page_poison", "debug_pagealloc", "kmemleak",
        "transparent_hugepage", "log_buf_len", "ignore_loglevel", "panic", "oops", "panic_on_warn", "panic_on_taint",
        "softlockup_panic", "hung_task_panic", "unknown_nmi_panic", "crash_kexec_post_notifiers", "elfcorehdr", "fadump",
        "init_on_alloc", "init_on_free", "kgdbwait", "dhash_entries", "ihash_entries", "mhash_entries", "mphash_entries",
        "uhash_entries", "thash_entries", "ramdisk_size", "trace_buf_size", "trace_event", "trace_instance", "trace_clock",
        "trace_options", "tp_printk", "stack_depot_disable", "kexec_load_disabled", "cgroup_enable",
    ];

    private static readonly string[] DroppedPrefixes = ["systemd.", "kfence.", "ftrace", "trace_", "zswap.", "brd.", "rd."];

    // Each but a 0 takes memory that a small kernel doesn't have.
    private static readonly HashSet<string> Reserving =
    [
        "hugepages", "hugepagesz", "default_hugepagesz", "hugetlb_cma", "cma", "numa_cma", "cma_pernuma", "vmcp_cma",
        "kvm_cma_resv_ratio",
    ];

    private static readonly string[] AddedOnX86 =
    [
        "irqpoll", "reset_devices", "mce=off", "numa=off", "udev.children-max=2", "cgroup_disable=memory", "mitigations=off",
        "hest_disable", "acpi_no_memhotplug", "transparent_hugepage=never", "nokaslr", "novmcoredd",
    ];
    private static readonly string[] AddedElsewhere =
    [
        "reset_devices", "numa=off", "cgroup_disable=memory", "mitigations=off", "transparent_hugepage=never", "nokaslr",
        "novmcoredd",
    ];

    /// <summary>Whether it is among what Panicle itself puts there, on whatever architecture.</summary>
    internal static bool IsAdded(string word) => AddedOnX86.Contains(word) || AddedElsewhere.Contains(word);

    /// <summary>The command line for a configuration on a system.</summary>
    /// <exception cref="KexecException">It is longer than kernels take.</exception>
    public static string For(EffectiveConfiguration configuration, SystemRoot root, string architecture)
    {
        var given = KernelParameters.Split(configuration["cmdline"]);
        var words = given.Count > 0 ? given : Make(root.ReadLine("/proc/cmdline"), configuration["cpus"], architecture);
        var removed = configuration["cmdline-remove"].Split((char[])[' ', '\t', ','], StringSplitOptions.RemoveEmptyEntries);
        var line = string.Join(' ', words.Where(word => !IsRemoved(word, removed))
            .Concat(KernelParameters.Split(configuration["cmdline-append"]))
            .SelectMany(word => WithoutReservations(word, UsualSwiotlb)));
        var length = Encoding.UTF8.GetByteCount(line);
        return length <= MostBytes ? line : throw new KexecException(
            $"the capture kernel's command line has {length} bytes, and kernels take {MostBytes}: "
                + "name what it doesn't need in cmdline-remove, or give all of it as cmdline");
    }

    private static IReadOnlyList<string> Make(string running, string cpus, string architecture)
    {
        var words = KernelParameters.Split(running).Where(word => !IsDropped(word))
            .SelectMany(word => WithoutReservations(word, mostSwiotlb: 0));
        // Without processors beyond the first, x86 needs no more of its interrupt vectors;
        // on others nr_cpus may break booting, maxcpus does not.
        var limit = architecture == "x86_64" ? $"nr_cpus={cpus}" : $"maxcpus={cpus}";
        return [.. words, limit, "panic=10", .. architecture == "x86_64" ? AddedOnX86 : AddedElsewhere];
    }

    /// <summary>
    /// Whether a parameter of the running kernel is nothing for a capture kernel: what turns something off takes nothing.
    /// </summary>
    internal static bool IsDropped(string word)
    {
        var name = KernelParameters.NameOf(word);
        return KernelParameters.ValueOf(word) is not ("0" or "off") && (Dropped.Contains(name)
            || Array.Exists(DroppedPrefixes, prefix => name.StartsWith(prefix, StringComparison.Ordinal)));
    }

    // Whole parameters, or names of those to go with whatever value.
    private static bool IsRemoved(string word, string[] removed) => Array.Exists(removed, entry => entry == word
        || (!entry.Contains('=', StringComparison.Ordinal)
            && KernelParameters.Normalize(entry) == KernelParameters.NameOf(word)));

    // Wherever it comes from: with the running kernel's reservations the capture kernel has no memory left.
    private static IEnumerable<string> WithoutReservations(string word, ulong mostSwiotlb)
    {
        var (name, value) = (KernelParameters.NameOf(word), KernelParameters.ValueOf(word));
        if (word.Contains("crashkernel=", StringComparison.Ordinal) || (Reserving.Contains(name) && value is not ("0" or "off")))
            return [];
        if (name != "swiotlb")
            return [word];
        // SLABS[,AREAS][,force|noforce]
        var parts = value.Split(',');
        if (!ulong.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var slabs) || slabs <= mostSwiotlb)
            return [word];
        return parts.FirstOrDefault(part => part is "force" or "noforce") is { } how ? [$"swiotlb={how}"] : [];
    }
}

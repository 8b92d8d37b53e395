using Panicle.Kdump.Configuration;

namespace Panicle.Kdump.Loading;

/// <summary>
/// The capture kernel's command line: the running kernel's without what doesn't fit a small kernel, and with what does.
/// </summary>
public static class CaptureCommandLine
{
    // They reserve memory, name a root or an initramfs that isn't there, or are the running kernel's own affair.
    private static readonly string[] Dropped =
    [
        "BOOT_IMAGE", "initrd", "root", "rootflags", "rootfstype", "ro", "rw", "init", "rdinit", "resume", "resume_offset",
        "crashkernel", "hugepages", "hugepagesz", "default_hugepagesz", "hugetlb_cma", "cma", "nr_cpus", "maxcpus", "quiet",
        "splash", "memmap", "mem", "isolcpus", "nohz_full", "rcu_nocbs", "slub_debug", "page_owner", "kfence.sample_interval",
        "transparent_hugepage", "log_buf_len", "ignore_loglevel", "panic", "oops", "panic_on_warn", "elfcorehdr",
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

    /// <summary>The command line for a configuration on a system.</summary>
    public static string For(EffectiveConfiguration configuration, SystemRoot root, string architecture)
    {
        var given = configuration["cmdline"];
        var words = given.Length > 0 ? [given] : Make(root.ReadLine("/proc/cmdline"), configuration["cpus"], architecture);
        return string.Join(' ', [.. words, .. configuration["cmdline-append"].Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
    }

    private static List<string> Make(string running, string cpus, string architecture)
    {
        var words = running.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Where(word => !Dropped.Contains(word.Split('=')[0]) && !word.StartsWith("systemd.", StringComparison.Ordinal));
        // Without processors beyond the first, x86 needs no more of its interrupt vectors;
        // on others nr_cpus may break booting, maxcpus does not.
        var limit = architecture == "x86_64" ? $"nr_cpus={cpus}" : $"maxcpus={cpus}";
        return [.. words, limit, "panic=10", .. architecture == "x86_64" ? AddedOnX86 : AddedElsewhere];
    }
}

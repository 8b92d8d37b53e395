using System.Collections.Frozen;
using Panicle.Symbols;

namespace Panicle.Kernel.Values;

/// <summary>
/// C types of the kernel's well-known global variables, which its own type information lacks: BTF has them for functions and
/// per-CPU variables only. From their declarations in the kernel's headers, 5.10 to 7.2; where a type was renamed the names
/// follow each other, and the first that a kernel has is the one.
/// </summary>
internal static class KnownGlobals
{
    private static readonly FrozenDictionary<string, string> Types = new Dictionary<string, string>
    {
        // Tasks and processes
        ["init_task"] = "struct task_struct",
        ["init_mm"] = "struct mm_struct",
        ["init_pid_ns"] = "struct pid_namespace",
        ["init_user_ns"] = "struct user_namespace",
        ["init_uts_ns"] = "struct uts_namespace",
        ["init_ipc_ns"] = "struct ipc_namespace",
        ["init_cgroup_ns"] = "struct cgroup_namespace",
        ["init_net"] = "struct net",
        ["init_nsproxy"] = "struct nsproxy",
        ["init_cred"] = "struct cred",
        ["init_files"] = "struct files_struct",
        ["init_fs"] = "struct fs_struct",
        ["root_task_group"] = "struct task_group",
        ["task_groups"] = "struct list_head",
        ["nr_threads"] = "int",
        ["max_threads"] = "int",
        ["total_forks"] = "unsigned long",
        ["pid_max"] = "int",
        // Scheduling and time
        ["jiffies"] = "unsigned long",
        ["jiffies_64"] = "u64",
        ["avenrun"] = "unsigned long[3]",
        ["calc_load_tasks"] = "atomic_long_t",
        ["loops_per_jiffy"] = "unsigned long",
        ["system_state"] = "enum system_states",
        ["hung_task_panic"] = "unsigned int",
        // CPUs
        ["__cpu_possible_mask"] = "struct cpumask",
        ["__cpu_online_mask"] = "struct cpumask",
        ["__cpu_present_mask"] = "struct cpumask",
        ["__cpu_active_mask"] = "struct cpumask",
        ["nr_cpu_ids"] = "unsigned int",
        ["__per_cpu_offset"] = "unsigned long[8192]",
        // Panic
        ["panic_cpu"] = "atomic_t",
        ["crashing_cpu"] = "int",
        ["panic_on_oops"] = "int",
        ["panic_on_warn"] = "int",
        ["panic_timeout"] = "int",
        ["panic_notifier_list"] = "struct atomic_notifier_head",
        ["oops_in_progress"] = "int",
        ["tainted_mask"] = "unsigned long",
        ["sysctl_panic_on_oom"] = "int",
        ["sysctl_panic_on_rcu_stall"] = "int",
        ["softlockup_panic"] = "unsigned int",
        ["crash_kexec_post_notifiers"] = "bool",
        ["kexec_crash_image"] = "struct kimage *",
        ["crashk_res"] = "struct resource",
        // Modules and symbols
        ["modules"] = "struct list_head",
        ["btf_modules"] = "struct list_head",
        // Memory
        ["node_data"] = "struct pglist_data *[64]",
        ["contig_page_data"] = "struct pglist_data",
        ["vm_zone_stat"] = "atomic_long_t[16]",
        ["_totalram_pages"] = "atomic_long_t",
        ["totalreserve_pages"] = "unsigned long",
        ["max_pfn"] = "unsigned long",
        ["max_low_pfn"] = "unsigned long",
        ["min_low_pfn"] = "unsigned long",
        ["slab_caches"] = "struct list_head",
        ["vmap_area_list"] = "struct list_head",
        ["swap_info"] = "struct swap_info_struct *[32]",
        ["nr_swapfiles"] = "unsigned int",
        ["nr_swap_pages"] = "atomic_long_t",
        ["sysctl_overcommit_memory"] = "int",
        ["iomem_resource"] = "struct resource",
        ["ioport_resource"] = "struct resource",
        ["mem_section"] = "struct mem_section **",
        // Files
        ["super_blocks"] = "struct list_head",
        ["file_systems"] = "struct file_system_type *",
        ["chrdevs"] = "struct char_device_struct *[255]",
        ["files_stat"] = "struct files_stat_struct",
        // Interrupts
        ["irq_desc_tree"] = "struct maple_tree | struct xarray",
        ["nr_irqs"] = "int",
        ["softirq_vec"] = "struct softirq_action[10]",
        // The log
        ["prb"] = "struct printk_ringbuffer *",
        ["log_buf"] = "char *",
        ["log_buf_len"] = "u32",
        ["console_drivers"] = "struct console *",
        ["console_printk"] = "int[4]",
        ["saved_command_line"] = "char *",
        ["boot_command_line"] = "char[2048]",
        ["linux_banner"] = "char[]",
        // Network, work, RCU
        ["net_namespace_list"] = "struct list_head",
        ["workqueues"] = "struct list_head",
        ["rcu_state"] = "struct rcu_state",
        ["system_wq"] = "struct workqueue_struct *",
        // Devices
        ["pci_root_buses"] = "struct list_head",
        ["devices_kset"] = "struct kset *",
        ["class_kset"] = "struct kset *",
        ["module_kset"] = "struct kset *",
        ["block_class"] = "struct class",
    }.ToFrozenDictionary();

    /// <summary>Names of the variables whose type is declared here, or by the kernel's architecture.</summary>
    public static IEnumerable<string> NamesIn(KernelDump kernel) => Types.Keys.Concat(kernel.Architecture.Globals.Keys);

    /// <summary>
    /// The variable's type in a kernel, or null if neither this nor the architecture declares it, or the kernel lacks the type.
    /// </summary>
    public static KernelType? TypeOf(string symbol, KernelDump kernel)
    {
        if (!Types.TryGetValue(symbol, out var names) && !kernel.Architecture.Globals.TryGetValue(symbol, out names))
            return null;
        foreach (var name in names.Split('|', StringSplitOptions.TrimEntries))
        {
            if (kernel.Types.Parse(name) is { } type)
                return type;
        }
        return null;
    }
}

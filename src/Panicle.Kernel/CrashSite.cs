using Panicle.Kernel.Sched;

namespace Panicle.Kernel;

/// <summary>Which CPU and task brought the machine down.</summary>
/// <param name="Cpu">
/// The CPU that panicked, or null: the machine was dumped while it ran (QEMU, a hypervisor), unless that isn't known.
/// </param>
/// <param name="Task">The task that ran there, or null where it can't be read.</param>
/// <param name="Basis">What says so: the kernel's variable; or why no CPU is known to have panicked, as a clause.</param>
public sealed record CrashSite(int? Cpu, KernelTask? Task, string Basis)
{
    /// <summary>Whether the dump tells if a CPU had panicked; where it doesn't, the machine need not have been running.</summary>
    public bool IsKnown { get; private init; } = true;

    internal static CrashSite Find(KernelDump kernel)
    {
        const uint none = uint.MaxValue;
        bool? hadNone = null;
        // panic_cpu is taken by the first CPU in panic() or in crash_kexec() (kernel/panic.c); crashing_cpu is set
        // when the others are stopped for the dump (arch/x86/kernel/reboot.c). Both are -1 before.
        foreach (var variable in (ReadOnlySpan<string>)["panic_cpu", "crashing_cpu"])
        {
            if (!kernel.TrySymbolAddress(variable, out var address))
                continue;
            if (!kernel.Memory.TryReadUInt32(address, out var value))
                hadNone = false;
            else if ((int)value >= 0 && kernel.Cpus.Possible.Contains((int)value))
                return new CrashSite((int)value, kernel.Tasks.CurrentOf((int)value), variable);
            else
                hadNone = value == none && hadNone != false;
        }
        if (hadNone != true)
        {
            const string why = "neither panic_cpu nor crashing_cpu can be read: whether the machine had panicked isn't known";
            return new CrashSite(null, null, why) { IsKnown = false };
        }
        return new CrashSite(null, null, "neither panic_cpu nor crashing_cpu is set: the machine had not panicked");
    }
}

using Panicle.Kernel.Sched;

namespace Panicle.Kernel;

/// <summary>Which CPU and task brought the machine down.</summary>
/// <param name="Cpu">The CPU that panicked, or null: the machine was dumped while it ran (QEMU, a hypervisor).</param>
/// <param name="Task">The task that ran there, or null where it can't be read.</param>
/// <param name="Basis">What says so: the kernel's variable; or why no CPU is known to have panicked, as a clause.</param>
public sealed record CrashSite(int? Cpu, KernelTask? Task, string Basis)
{
    internal static CrashSite Find(KernelDump kernel)
    {
        // panic_cpu is taken by the first CPU in panic() or in crash_kexec() (kernel/panic.c); crashing_cpu is set
        // when the others are stopped for the dump (arch/x86/kernel/reboot.c). Both are -1 before.
        foreach (var variable in (ReadOnlySpan<string>)["panic_cpu", "crashing_cpu"])
        {
            if (kernel.TrySymbolAddress(variable, out var address) && kernel.Memory.TryReadUInt32(address, out var value)
                && (int)value >= 0 && kernel.Cpus.Possible.Contains((int)value))
                return new CrashSite((int)value, kernel.Tasks.CurrentOf((int)value), variable);
        }
        return new CrashSite(null, null, "neither panic_cpu nor crashing_cpu is set: the machine had not panicked");
    }
}

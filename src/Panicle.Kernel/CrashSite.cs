using Panicle.Kernel.Sched;

namespace Panicle.Kernel;

/// <summary>Which CPU and task brought the machine down.</summary>
/// <param name="Cpu">
/// The CPU that panicked, or null: the machine was dumped while it ran (QEMU, a hypervisor), or it can't be told
/// (<see cref="HasPanicked"/>).
/// </param>
/// <param name="Task">The task that ran there, or null where it can't be read.</param>
/// <param name="HasPanicked">Whether the machine had panicked; null where the dump doesn't tell.</param>
/// <param name="Basis">What says so: the kernel's variable; or why no CPU is known to have panicked, as a clause.</param>
public sealed record CrashSite(int? Cpu, KernelTask? Task, bool? HasPanicked, string Basis)
{
    private const string PanicCpu = "panic_cpu";

    /// <summary>Why no task is known to have panicked, as a clause; null where one is.</summary>
    public string? WhyNoTask => Task is not null ? null
        : HasPanicked == false ? $"no task panicked: {Basis}"
        : Cpu is { } cpu ? $"CPU {cpu} panicked, but the task that it ran can't be read"
        : $"the task that panicked can't be told: {Basis}";

    internal static CrashSite Find(KernelDump kernel)
    {
        const uint none = uint.MaxValue;
        bool? saysNone = null;
        var saysLog = true;
        // panic_cpu is taken by the first CPU in panic() or in crash_kexec() (kernel/panic.c); crashing_cpu is set
        // when the others are stopped for the dump (arch/x86/kernel/reboot.c). Both are -1 before.
        foreach (var variable in (ReadOnlySpan<string>)[PanicCpu, "crashing_cpu"])
        {
            if (!kernel.TrySymbolAddress(variable, out var address))
                continue;
            var isRead = kernel.Memory.TryReadUInt32(address, out var value);
            if (isRead && (int)value >= 0 && kernel.Cpus.Possible.Contains((int)value))
                return new CrashSite((int)value, kernel.Tasks.CurrentOf((int)value), true, variable);
            saysNone = isRead && value == none && saysNone != false;
            saysLog &= variable != PanicCpu || !isRead || value != none;
        }
        // panic() takes panic_cpu before it prints; where that says that no CPU did, a line of the log is somebody else's.
        if (saysLog && TellsOfPanic(kernel))
            return new CrashSite(null, null, true, "the log tells of a panic, but neither panic_cpu nor crashing_cpu of its CPU");
        return saysNone == true
            ? new CrashSite(null, null, false, "neither panic_cpu nor crashing_cpu is set: the machine had not panicked")
            : new CrashSite(null, null, null,
                "neither panic_cpu nor crashing_cpu can be read: whether the machine had panicked isn't known");
    }

    private static bool TellsOfPanic(KernelDump kernel) => Losses.Ignored.Try(() => kernel.Log)?.Panic is not null;
}

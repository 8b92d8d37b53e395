using Panicle.Kernel;

namespace Panicle.Reports.Sections;

/// <summary>The machine and its kernel. What could not be read is null.</summary>
public sealed record MachineSection
{
    /// <summary>The host's name when it crashed (<c>nodename</c> of <c>struct new_utsname</c>).</summary>
    public string? Node { get; init; }

    /// <summary>What <c>uname -r</c> prints: "6.1.0-26-cloud-amd64".</summary>
    public string? Release { get; init; }

    /// <summary>Kernel version: its build number, flags and date.</summary>
    public string? Version { get; init; }

    /// <summary>What <c>uname -m</c> prints: "x86_64".</summary>
    public string? Machine { get; init; }

    /// <summary>The hardware, as an oops names it.</summary>
    public string? Hardware { get; init; }

    /// <summary>Number of CPUs online.</summary>
    public int? Cpus { get; init; }

    /// <summary>Number of CPUs that were plugged in and offline.</summary>
    public int? OfflineCpus { get; init; }

    /// <summary>Memory that the kernel manages, in bytes.</summary>
    public ulong? Memory { get; init; }

    /// <summary>When it crashed, UTC.</summary>
    public DateTime? CrashedAt { get; init; }

    /// <summary>How many seconds the kernel had been running when it crashed.</summary>
    public double? UptimeSeconds { get; init; }

    /// <summary>Load averages over 1, 5 and 15 minutes.</summary>
    public IReadOnlyList<double>? LoadAverage { get; init; }

    /// <summary>Number of tasks, threads included.</summary>
    public int? Tasks { get; init; }

    /// <summary>The kernel's command line.</summary>
    public string? CommandLine { get; init; }

    internal static MachineSection Read(KernelDump kernel, Losses losses)
    {
        var system = kernel.System;
        var name = losses.Try("the machine's name", () => system.Utsname) ?? kernel.Dump.Header.Utsname;
        return new MachineSection
        {
            Node = name?.Node,
            Release = name?.Release,
            Version = name?.Version,
            Machine = name?.Machine,
            Hardware = losses.Try("the hardware's name", () => HardwareOf(kernel)),
            Cpus = losses.Try("the number of CPUs", () => kernel.Cpus.Online.Count),
            OfflineCpus = losses.Try("the number of CPUs that were offline", () => kernel.Cpus.Offline?.Count),
            Memory = losses.Try("the size of the memory", () => system.TotalMemory),
            CrashedAt = losses.Try("the time of the crash", () => kernel.Time.CrashedAt),
            UptimeSeconds = losses.Try("the uptime", () => kernel.Time.Uptime.TotalSeconds),
            LoadAverage = losses.Try("the load averages", () => system.LoadAverage),
            Tasks = losses.Try("the number of tasks", () => kernel.Tasks.All.Count),
            CommandLine = losses.Try("the command line", () => system.CommandLine),
        };
    }

    // dump_stack_arch_desc_str is what the kernel prints after "Hardware name:" (lib/dump_stack.c, 128 bytes).
    private static string? HardwareOf(KernelDump kernel) =>
        kernel.TrySymbolAddress("dump_stack_arch_desc_str", out var address)
            ? kernel.Memory.ReadString(address, 128, "dump_stack_arch_desc_str")
            : null;
}

using Panicle.Reports.Sections;

namespace Panicle.Cli.Rendering;

/// <summary>A machine in words. What could not be read is said to be unknown.</summary>
internal static class MachineText
{
    private const string Unknown = "an unknown number of";

    /// <summary>Its name and its hardware: "panicle-lab: QEMU Standard PC".</summary>
    public static string Name(MachineSection machine) =>
        $"{machine.Node ?? "a machine whose name isn't known"}: {machine.Hardware ?? "unknown hardware"}";

    /// <summary>How much of it there was: "3 CPUs and 1 offline, 341.3 MB".</summary>
    public static string Size(MachineSection machine) =>
        $"{machine.Cpus?.ToString() ?? Unknown} CPUs"
            + (machine.OfflineCpus is > 0 and var offline ? $" and {offline} offline, " : ", ")
            + (machine.Memory is { } memory ? Sizes.Rounded(memory) : "an unknown amount of memory");

    /// <summary>How many tasks it had: "91 tasks".</summary>
    public static string Tasks(MachineSection machine) => $"{machine.Tasks?.ToString() ?? Unknown} tasks";
}

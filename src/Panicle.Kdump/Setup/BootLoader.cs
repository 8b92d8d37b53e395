using Panicle.Kdump.Configuration;
using Panicle.Kdump.Loading;

namespace Panicle.Kdump.Setup;

/// <summary>Puts the reservation where the system's boot loader takes the kernel's command line from.</summary>
internal static class BootLoader
{
    /// <summary>Read after the distribution's own files, in the order of the names: the last crashkernel= counts.</summary>
    public const string GrubFile = "/etc/default/grub.d/zz-panicle.cfg";

    private const string GrubDefaults = "/etc/default/grub";
    private const string GrubFolder = "/etc/default/grub.d";

    /// <summary>The step for this system, or null if no boot loader that Panicle knows is there.</summary>
    public static SetupStep? Reserve(SystemRoot root, string argument)
    {
        if (SystemCommand.Find(root, "grubby") is { } grubby)
            return new GrubbyStep(grubby, argument);
        if (SystemCommand.Find(root, "update-bootloader") is { } bootLoader)
            return new UpdateBootloaderStep(bootLoader, argument);
        return (root.HasFile(GrubDefaults) || root.HasDirectory(GrubFolder)) && ReadsFolder(root)
            ? new GrubStep(root, argument)
            : null;
    }

    /// <summary>The <c>crashkernel=</c> of a command line, as they stand there.</summary>
    public static string Reservations(string commandLine) => string.Join(
        ' ', KernelParameters.Split(commandLine).Where(word => word.StartsWith("crashkernel=", StringComparison.Ordinal)));

    /// <summary>
    /// Those that GRUB's configuration gives the kernel; null if only running it would tell. Setup's own file is left out.
    /// </summary>
    public static string? ReservationsOfGrub(SystemRoot root)
    {
        string[] names = ["GRUB_CMDLINE_LINUX", "GRUB_CMDLINE_LINUX_DEFAULT"];
        var lines = root.FilesIn(GrubFolder, "*.cfg").Where(path => path != GrubFile).Prepend(GrubDefaults)
            .SelectMany(root.ReadLines);
        var found = ShellAssignments.Read([.. lines], isBash: false, names, out _);
        var last = names.Select(name => found.LastOrDefault(one => one.Name == name)).ToList();
        return last.Exists(one => one.WhyUnknown is not null)
            ? null
            : Reservations(string.Join(' ', last.Select(one => one.Value)));
    }

    /// <summary>What has GRUB's configuration made anew.</summary>
    public static string[] Update(SystemRoot root) =>
        SystemCommand.Find(root, "update-grub") is { } update ? [update]
        : SystemCommand.Find(root, "grub2-mkconfig") is { } make ? [make, "-o", "/boot/grub2/grub.cfg"]
        : SystemCommand.Find(root, "grub-mkconfig") is { } other ? [other, "-o", "/boot/grub/grub.cfg"]
        : [];

    // Debian's and Ubuntu's grub-mkconfig reads that directory; GRUB's own doesn't.
    private static bool ReadsFolder(SystemRoot root) =>
        (SystemCommand.Find(root, "grub-mkconfig") ?? SystemCommand.Find(root, "grub2-mkconfig")) is not { } make
        || (root.TryRead(make) ?? "").Contains("default/grub.d", StringComparison.Ordinal);

    // A file of its own, which adds to what the others say.
    private sealed class GrubStep(SystemRoot root, string argument) : FileStep(
        GrubFile, $"{SetupPlan.Mark}GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT {argument}\"\n",
        $"reserve memory ({argument})", Update(root))
    {
        public override bool IsDone(SystemRoot root) =>
            base.IsDone(root) || (!root.HasFile(GrubFile) && ReservationsOfGrub(root) == argument);
    }
}

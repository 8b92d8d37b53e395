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

    /// <summary>The step for this system, one for a person if no boot loader that Panicle knows is there.</summary>
    public static SetupStep Reserve(SystemRoot root, WantedReservation wanted)
    {
        if (SystemCommand.Find(root, "grubby") is { } grubby)
            return new GrubbyStep(grubby, wanted, GrubbyStep.Had(root));
        if (SystemCommand.Find(root, "update-bootloader") is { } bootLoader)
            return new UpdateBootloaderStep(bootLoader, wanted, ReservationsOfGrub(root));
        return (root.HasFile(GrubDefaults) || root.HasDirectory(GrubFolder)) && ReadsFolder(root)
            ? new GrubStep(root, wanted)
            : new ManualStep(wanted);
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
    private sealed class GrubStep(SystemRoot root, WantedReservation wanted) : FileStep(
        GrubFile, $"{SetupPlan.Mark}GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT {wanted.Argument}\"\n",
        "reserve memory", Update(root))
    {
        private readonly IReadOnlyList<string> _had = Had(root);

        public override string Description => wanted.Describe(_had, $"{GrubFile}{Follow(Update(root))}");

        public override bool IsDone(SystemRoot root) => base.IsDone(root) || wanted.IsMetBy(Had(root));

        // The last counts, and that is what stands in setup's own file.
        private static IReadOnlyList<string> Had(SystemRoot root) => FileStep.IsOwn(root, GrubFile)
            ? [Reservations((root.TryRead(GrubFile) ?? "").Replace('"', ' ').Replace('\n', ' '))]
            : WantedReservation.List(ReservationsOfGrub(root));
    }

    private sealed class ManualStep(WantedReservation wanted) : SetupStep
    {
        public override string Description => wanted.Describe([], "");

        public override bool IsDone(SystemRoot root) => wanted.IsMetBy([]);

        public override void Check(SystemRoot root) => throw new StepLeftException(SetupOutcome.Skipped,
            "there is neither grubby nor update-bootloader nor a GRUB that reads /etc/default/grub.d: "
                + $"add {wanted.Argument} to the kernel's command line yourself");

        public override void Do(SystemRoot root, SetupRecord record) => Check(root);
    }
}

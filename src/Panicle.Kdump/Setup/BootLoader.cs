namespace Panicle.Kdump.Setup;

/// <summary>Puts the reservation where the system's boot loader takes the kernel's command line from.</summary>
internal static class BootLoader
{
    // Read after the distribution's own files, in the order of the names: the last crashkernel= counts.
    private const string GrubFile = "/etc/default/grub.d/zz-panicle.cfg";
    private const string CommandLine = "/etc/kernel/cmdline";

    /// <summary>The step for this system, or null if no boot loader that Panicle knows is there.</summary>
    public static SetupStep? Reserve(SystemRoot root, string argument)
    {
        var purpose = $"reserve memory ({argument})";
        if (SystemCommand.Find(root, "grubby") is { } grubby)
            return new CommandStep(purpose, system => IsInEntries(system, argument),
                [[grubby, "--update-kernel=ALL", $"--args={argument}"]],
                [[grubby, "--update-kernel=ALL", "--remove-args=crashkernel"]]);
        if (SystemCommand.Find(root, "update-bootloader") is { } bootLoader)
            return new CommandStep(
                purpose, system => (system.TryRead("/etc/default/grub") ?? "").Contains(argument, StringComparison.Ordinal),
                [[bootLoader, "--add-option", argument], [bootLoader, "--config"]],
                [[bootLoader, "--del-option", "crashkernel"], [bootLoader, "--config"]]);
        if (root.HasFile("/etc/default/grub") || root.HasDirectory("/etc/default/grub.d"))
            return new FileStep(
                GrubFile, $"{SetupPlan.Mark}GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT {argument}\"\n", purpose,
                Update(root));
        return null;
    }

    private static string[] Update(SystemRoot root) =>
        SystemCommand.Find(root, "update-grub") is { } update ? [update]
        : SystemCommand.Find(root, "grub2-mkconfig") is { } make ? [make, "-o", "/boot/grub2/grub.cfg"]
        : SystemCommand.Find(root, "grub-mkconfig") is { } other ? [other, "-o", "/boot/grub/grub.cfg"]
        : [];

    // The Boot Loader Specification's entries, which grubby keeps; and what kernels installed later will get.
    private static bool IsInEntries(SystemRoot root, string argument)
    {
        var entries = root.FilesIn("/boot/loader/entries", "*.conf");
        return entries.Count > 0 && entries.All(entry => (root.TryRead(entry) ?? "").Contains(argument, StringComparison.Ordinal))
            && (!root.HasFile(CommandLine) || root.TryRead(CommandLine)!.Contains(argument, StringComparison.Ordinal));
    }
}

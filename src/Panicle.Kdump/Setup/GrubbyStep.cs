namespace Panicle.Kdump.Setup;

/// <summary>A boot entry (the Boot Loader Specification's), which grubby keeps.</summary>
/// <param name="Path">Its file.</param>
/// <param name="Kernel">The kernel's image, as grubby names it; "" for what kernels installed later will get.</param>
/// <param name="Reservations">Its <c>crashkernel=</c>.</param>
internal sealed record BootEntry(string Path, string Kernel, string Reservations)
{
    private const string CommandLine = "/etc/kernel/cmdline";
    private const string Variables = "/boot/grub2/grubenv";

    /// <summary>Those of a system.</summary>
    public static IReadOnlyList<BootEntry> Of(SystemRoot root)
    {
        var entries = root.FilesIn("/boot/loader/entries", "*.conf").Select(path => Read(root, path)).ToList();
        if (entries.Count > 0 && root.TryRead(CommandLine) is { } later)
            entries.Add(new BootEntry(CommandLine, "", BootLoader.Reservations(later)));
        return entries;
    }

    private static BootEntry Read(SystemRoot root, string path)
    {
        var (kernel, options) = ("", "");
        foreach (var line in root.ReadLines(path))
        {
            var words = line.Split((char[])[' ', '\t'], 2, StringSplitOptions.RemoveEmptyEntries);
            if (words is ["linux", var image])
                kernel = $"/boot/{System.IO.Path.GetFileName(image.Trim())}";
            else if (words is ["options", var more])
                options += $" {more}";
        }
        // RHEL 8 has one variable for all entries.
        if (options.Contains("$kernelopts", StringComparison.Ordinal))
            options = options.Replace("$kernelopts", root.ReadLines(Variables)
                .FirstOrDefault(line => line.StartsWith("kernelopts=", StringComparison.Ordinal))?["kernelopts=".Length..] ?? "",
                StringComparison.Ordinal);
        return new BootEntry(path, kernel, BootLoader.Reservations(options));
    }
}

/// <summary>Reserves memory with Red Hat's grubby.</summary>
/// <param name="program">It.</param>
/// <param name="wanted">What the kernels are to be given.</param>
/// <param name="had">What they are given.</param>
internal sealed class GrubbyStep(string program, WantedReservation wanted, IReadOnlyList<string> had) : SetupStep
{
    /// <inheritdoc/>
    public override string Description =>
        wanted.Describe(had, $"{program} --update-kernel=ALL --args={wanted.Argument}");

    /// <inheritdoc/>
    public override IReadOnlyList<string[]> Commands => [[program, "--update-kernel=ALL", $"--args={wanted.Argument}"]];

    /// <summary>The reservations of the boot entries.</summary>
    public static IReadOnlyList<string> Had(SystemRoot root) => [.. BootEntry.Of(root).Select(entry => entry.Reservations)];

    /// <inheritdoc/>
    public override bool IsDone(SystemRoot root) => wanted.IsMetBy(Had(root));

    /// <inheritdoc/>
    public override void Do(SystemRoot root, SetupRecord record)
    {
        foreach (var entry in BootEntry.Of(root).Where(entry => entry.Reservations != wanted.Argument))
            record.Add(DeedKind.Entry, entry.Path, wanted.Argument, entry.Reservations);
        SystemCommand.Run(root, Commands);
        if (root.IsLive && BootEntry.Of(root).FirstOrDefault(entry => entry.Reservations != wanted.Argument) is { } other)
            throw new IOException($"{program} reports no error, but {other.Path} has "
                + (other.Reservations.Length > 0 ? other.Reservations : "no crashkernel="));
    }

    /// <summary>
    /// The commands that give the entries back what they had. Entries that were changed since are left as they are; those of
    /// kernels that were installed since got setup's from another, and get what all the others had.
    /// </summary>
    public static IReadOnlyList<string[]> Undoing(string program, SystemRoot root, IReadOnlyList<SetupDeed> deeds)
    {
        var entries = BootEntry.Of(root);
        var common = deeds.Select(deed => deed.Before).Distinct().ToList() is [var one] ? one : "";
        var back = entries.Where(entry => deeds.Any(deed => deed.Now == entry.Reservations)).Select(entry =>
            (entry.Kernel, Now: entry.Reservations,
                Before: deeds.FirstOrDefault(deed => deed.Path == entry.Path)?.Before ?? common)).ToList();
        if (back.Count == entries.Count && back.Select(entry => (entry.Now, entry.Before)).Distinct().Count() == 1)
            return [Restore(program, "ALL", back[0].Now, back[0].Before)];
        return [.. back.Where(entry => entry.Kernel.Length > 0)
            .Select(entry => Restore(program, entry.Kernel, entry.Now, entry.Before))];
    }

    private static string[] Restore(string program, string kernel, string now, string before) => before.Length > 0
        ? [program, $"--update-kernel={kernel}", $"--args={before}"]
        : [program, $"--update-kernel={kernel}", $"--remove-args={now}"];
}

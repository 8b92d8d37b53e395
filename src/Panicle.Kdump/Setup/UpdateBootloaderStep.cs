namespace Panicle.Kdump.Setup;

/// <summary>Reserves memory with SUSE's update-bootloader, which changes <c>/etc/default/grub</c>.</summary>
/// <param name="program">It.</param>
/// <param name="argument">What the kernel is to be given.</param>
internal sealed class UpdateBootloaderStep(string program, string argument) : SetupStep
{
    /// <summary>The settings of GRUB that it changes.</summary>
    public const string Defaults = "/etc/default/grub";

    private string[] Add => [program, "--add-option", argument];

    /// <inheritdoc/>
    public override string Description =>
        $"reserve memory ({argument}): {string.Join(' ', Add)}; {string.Join(' ', Config(program))}";

    /// <summary>What has the boot loader's own configuration made anew.</summary>
    public static string[] Config(string program) => [program, "--config"];

    /// <inheritdoc/>
    public override bool IsDone(SystemRoot root) => BootLoader.ReservationsOfGrub(root) == argument;

    /// <inheritdoc/>
    public override void Do(SystemRoot root, SetupRecord record)
    {
        var before = root.TryRead(Defaults) ?? throw new IOException($"{Defaults} can't be read");
        if (before.Contains('\uFFFD', StringComparison.Ordinal))
            throw new IOException($"{Defaults} isn't UTF-8, and what it was couldn't be brought back");
        record.Add(DeedKind.Defaults, Defaults, before, before);
        // It puts a parameter in the place of one of the same name; of several the others would stay.
        foreach (var old in (BootLoader.ReservationsOfGrub(root) ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            SystemCommand.Run(root, [program, "--del-option", old]);
        SystemCommand.Run(root, Add);
        if (root.TryRead(Defaults) is { } after)
            record.Add(DeedKind.Defaults, Defaults, after, before);
        SystemCommand.Run(root, Config(program));
        if (root.IsLive && !IsDone(root))
            throw new IOException($"{program} reports no error, but {Defaults} doesn't give the kernel {argument} alone: "
                + $"it gives {BootLoader.ReservationsOfGrub(root) ?? "what only running it tells"}");
    }
}

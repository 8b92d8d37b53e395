namespace Panicle.Kdump.Setup;

/// <summary>Reserves memory with SUSE's update-bootloader, which changes <c>/etc/default/grub</c>.</summary>
/// <param name="program">It.</param>
/// <param name="wanted">What the kernel is to be given.</param>
/// <param name="had">What it is given; null if only running GRUB's configuration would tell.</param>
internal sealed class UpdateBootloaderStep(string program, WantedReservation wanted, string? had) : SetupStep
{
    /// <summary>The settings of GRUB that it changes.</summary>
    public const string Defaults = "/etc/default/grub";

    private string[] Add => [program, "--add-option", wanted.Argument];

    // It puts a parameter in the place of one of the same name; of several the others would stay.
    private IEnumerable<string[]> Remove => (had ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select(old => (string[])[program, "--del-option", old]);

    /// <inheritdoc/>
    public override string Description => wanted.Describe(
        WantedReservation.List(had), $"{string.Join(' ', Add)}; {string.Join(' ', Config(program))}");

    /// <inheritdoc/>
    public override IReadOnlyList<string[]> Commands => [.. Remove, Add, Config(program)];

    /// <summary>What has the boot loader's own configuration made anew.</summary>
    public static string[] Config(string program) => [program, "--config"];

    /// <inheritdoc/>
    public override bool IsDone(SystemRoot root) =>
        wanted.IsMetBy(WantedReservation.List(BootLoader.ReservationsOfGrub(root)));

    /// <inheritdoc/>
    public override void Do(SystemRoot root, SetupRecord record)
    {
        var before = root.TryRead(Defaults) ?? throw new IOException($"{Defaults} can't be read");
        if (before.Contains('\uFFFD', StringComparison.Ordinal))
            throw new IOException($"{Defaults} isn't UTF-8, and what it was couldn't be brought back");
        record.Add(DeedKind.Defaults, Defaults, before, before);
        if (SystemCommand.Left(root, Commands) is { } left)
            throw new StepLeftException(SetupOutcome.NotRun, left);
        SystemCommand.Run(root, [.. Remove, Add]);
        if (root.TryRead(Defaults) is { } after)
            record.Add(DeedKind.Defaults, Defaults, after, before);
        SystemCommand.Run(root, [Config(program)]);
        if (root.IsLive && !IsDone(root))
            throw new IOException($"{program} reports no error, but {Defaults} doesn't give the kernel {wanted.Argument} alone: "
                + $"it gives {BootLoader.ReservationsOfGrub(root) ?? "what only running it tells"}");
    }
}

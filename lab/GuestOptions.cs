using System.Text;

namespace Panicle.Lab;

/// <summary>How the dump of a crash is brought out of the guest.</summary>
public enum CaptureKind
{
    /// <summary>The capture kernel hands over the head of <c>/proc/vmcore</c>; the host adds the guest's memory to it.</summary>
    Header,

    /// <summary>The capture kernel copies all of <c>/proc/vmcore</c> to a disk.</summary>
    GuestCopy,

    /// <summary>The capture kernel runs makedumpfile.</summary>
    GuestFilter,

    /// <summary>There is no capture kernel: QEMU dumps the stopped guest.</summary>
    Qemu,
}

/// <summary>What a guest is like before anything happens in it.</summary>
/// <param name="MemoryMegabytes">Its memory.</param>
/// <param name="ReserveMegabytes">How much of that is reserved for the capture kernel.</param>
/// <param name="Tasks">How many processes do nothing but exist.</param>
/// <param name="Capture">How dumps of it are made.</param>
public sealed record GuestOptions(int MemoryMegabytes, int ReserveMegabytes, int Tasks, CaptureKind Capture)
{
    /// <summary>Where <see cref="Preparation"/> lies in the guest.</summary>
    internal const string PreparationFile = "prepare";

    private const int UsualCpus = 2;

    /// <summary>The guest of most crashes: 512 MB, of which a capture kernel has 128.</summary>
    public static readonly GuestOptions Usual = new(512, 128, 6, CaptureKind.Header);

    /// <summary>
    /// As small as it can be: the kernel takes no capture kernel that would fill more than half of the memory left to itself.
    /// Memory is cleared when it is freed, because that compresses better.
    /// </summary>
    public static readonly GuestOptions Small = new(336, 112, 2, CaptureKind.Header) { MoreCommandLine = " init_on_free=1" };

    internal string CommandLine =>
        $"console=ttyS0 ignore_loglevel tsc=reliable crashkernel={ReserveMegabytes}M lab.tasks={Tasks}{MoreCommandLine}"
        + (Preparation is null ? "" : $" rdinit=/{PreparationFile}");

    /// <summary>What else the kernel's command line says.</summary>
    public string MoreCommandLine { get; init; } = "";

    /// <summary>How many CPUs it has.</summary>
    public int Cpus { get; init; } = UsualCpus;

    /// <summary>The script in <c>scenarios/</c> that runs in it before its own first process; null for none.</summary>
    public string? Preparation { get; init; }

    /// <summary>Modules that are loaded besides, those of them that the kernel has.</summary>
    public IReadOnlyList<string> MoreModules { get; init; } = [];

    /// <summary>A module in <c>scenarios/</c> that <see cref="Preparation"/> loads; null for none.</summary>
    public string? OwnModule { get; init; }

    internal string CaptureCommandLine =>
        "console=ttyS0 quiet tsc=reliable nr_cpus=1 reset_devices irqpoll mitigations=off " + Capture switch
        {
            CaptureKind.GuestCopy => "lab.capture=copy",
            CaptureKind.GuestFilter => "lab.capture=makedumpfile",
            _ => "lab.capture=header",
        };

    /// <summary>
    /// The options of the guest that is booted for this one. How a dump is made matters to a booted guest only if the
    /// capture kernel needs other files for it.
    /// </summary>
    internal GuestOptions ToBoot => Capture == CaptureKind.Qemu ? this with { Capture = CaptureKind.Header } : this;

    // The text is a part of what crashes are kept by: what is as in most guests isn't in it, so that these stay what they are.
    private bool PrintMembers(StringBuilder text)
    {
        text.Append($"MemoryMegabytes = {MemoryMegabytes}, ReserveMegabytes = {ReserveMegabytes}, Tasks = {Tasks}, ")
            .Append($"Capture = {Capture}, MoreCommandLine = {MoreCommandLine}");
        if (Cpus != UsualCpus)
            text.Append($", Cpus = {Cpus}");
        if (MoreModules.Count > 0)
            text.Append($", MoreModules = {string.Join(' ', MoreModules)}");
        if (Preparation is not null)
            text.Append($", Preparation = {GuestFiles.ReadScenario(Preparation)}");
        if (OwnModule is not null)
            text.Append($", OwnModule = {GuestFiles.ReadScenario($"{OwnModule}.c")}");
        return true;
    }
}

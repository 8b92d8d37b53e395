using Panicle.Kdump.Loading;

namespace Panicle.Kdump.Readiness;

/// <summary>Whether a capture kernel is loaded.</summary>
internal sealed class LoadedCheck : Check
{
    private static CheckResult Loaded(CheckContext context) => LoadRecord.Read(context.Root) switch
    {
        null => new CheckResult("capture kernel", CheckState.Unknown, "loaded, but not by Panicle",
            "what it would do with a crash is known to whoever loaded it", "panicle kdump reload, for Panicle's own"),
        var record when !record.IsCurrent(context.Root) => new CheckResult(
            "capture kernel", CheckState.Unknown, $"loaded, with another {record.Initramfs} than the one that is there now",
            "a capture would do as it was told then", "panicle kdump load"),
        _ => new CheckResult("capture kernel", CheckState.Good, "loaded"),
    };

    public override string Name => "capture kernel";

    public override IEnumerable<CheckResult> Run(CheckContext context)
    {
        yield return context.Kexec.IsLoaded switch
        {
            true => Loaded(context),
            false => new CheckResult("capture kernel", CheckState.Bad, "not loaded", "a crash now leaves nothing behind",
                "panicle kdump load"),
            null => new CheckResult("capture kernel", CheckState.Bad, "the kernel doesn't say",
                "there is no /sys/kernel/kexec_crash_loaded: this kernel can't load one", "boot a kernel with CONFIG_KEXEC_FILE"),
        };
        if (context.Kexec is { IsLoaded: true, FollowsHotplug: false })
            yield return new CheckResult("hotplug", CheckState.Note, "the kernel doesn't follow it",
                "memory or CPUs added since loading are missing from dumps", "panicle kdump reload after hotplug");
    }
}

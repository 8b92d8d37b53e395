using Panicle.Kdump.Rehearsal;

namespace Panicle.Kdump.Readiness;

/// <summary>What Panicle's initramfs does when it is run.</summary>
internal sealed class RehearsalCheck : Check
{
    public override IEnumerable<CheckResult> Run(CheckContext context)
    {
        var initramfs = context.Configuration["initramfs"];
        if (!context.Root.HasFile(initramfs))
            yield break; // The image's check says so.
        var result = CaptureRehearsal.Run(context.Root, context.Root.PathOf(initramfs));
        yield return result.Works switch
        {
            true => new CheckResult("rehearsal", CheckState.Good, result.Found),
            false => new CheckResult("rehearsal", CheckState.Bad, result.Found,
                $"{initramfs} can't do what it is for, and a crash would leave nothing behind",
                "panicle kdump initramfs, then panicle kdump reload"),
            null => new CheckResult("rehearsal", CheckState.Unknown, $"not tried: {result.Found}",
                $"whether {initramfs} can do what it is for", "as root: panicle kdump status"),
        };
    }
}

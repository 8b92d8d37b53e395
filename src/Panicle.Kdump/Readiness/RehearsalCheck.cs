using Panicle.Kdump.Loading;
using Panicle.Kdump.Rehearsal;

namespace Panicle.Kdump.Readiness;

/// <summary>What Panicle's initramfs does when it is run.</summary>
internal sealed class RehearsalCheck : Check
{
    public override string Name => "rehearsal";

    public override IEnumerable<CheckResult> Run(CheckContext context)
    {
        var initramfs = context.Configuration["initramfs"];
        if (!context.Root.HasFile(initramfs))
            yield break; // The image's check says so.
        if (LoadRecord.Read(context.Root) is { Rehearsed.Length: > 0 } record && record.Initramfs == initramfs
            && record.IsCurrent(context.Root))
        {
            yield return new CheckResult("rehearsal", CheckState.Good, $"{record.Rehearsed}, before it was loaded");
            yield break;
        }
        var result = CaptureRehearsal.Run(context.Root, context.Root.PathOf(initramfs));
        yield return result.Works switch
        {
            true => new CheckResult("rehearsal", CheckState.Good, result.Found),
            false => new CheckResult("rehearsal", CheckState.Bad, result.Found,
                $"{initramfs} can't do what it is for, and a crash would leave nothing behind",
                "panicle kdump initramfs, then panicle kdump reload"),
            null => new CheckResult("rehearsal", CheckState.Unknown, result.Found,
                $"whether {initramfs} can do what it is for isn't known", "panicle kdump test shows it"),
        };
    }
}

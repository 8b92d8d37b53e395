using Panicle.Kdump.Retention;

namespace Panicle.Kdump.Readiness;

/// <summary>The last capture, and when one was last proven to work.</summary>
internal sealed class HistoryCheck : Check
{
    public override IEnumerable<CheckResult> Run(CheckContext context)
    {
        var target = context.Configuration.Unknown.Any(setting => setting.Key == "target") ? null : context.Configuration.Target;
        if (target is { Kind: Targets.TargetKind.Local, Device: null })
        {
            var last = KeptCrashes.In(context.Root.PathOf(target.Path)) is [.., var newest] ? newest : null;
            yield return last is null
                ? new CheckResult("last capture", CheckState.Note, $"none in {target.Path}")
                : new CheckResult("last capture", last.IsComplete ? CheckState.Good : CheckState.Warning,
                    $"{last.Time:yyyy-MM-dd HH:mm}, {last.Name}{(last.IsComplete ? "" : ", incomplete")}");
        }
        var proof = CaptureProof.Read(context.Root);
        yield return proof is null
            ? new CheckResult("last proof", CheckState.Note, "none", "nobody has seen this machine capture a crash",
                "panicle kdump test, when a reboot is no harm")
            : new CheckResult("last proof", proof.Release == context.Machine.Release ? CheckState.Good : CheckState.Note,
                $"{proof.Time:yyyy-MM-dd HH:mm} with Linux {proof.Release}",
                proof.Release == context.Machine.Release ? "" : "another kernel than the running one",
                proof.Release == context.Machine.Release ? "" : "panicle kdump test, when a reboot is no harm");
    }
}

using Panicle.Kdump.Retention;

namespace Panicle.Kdump.Readiness;

/// <summary>The last capture, and when one was last proven to work.</summary>
internal sealed class HistoryCheck : Check
{
    public override string Name => "last proof";

    public override IEnumerable<CheckResult> Run(CheckContext context)
    {
        var target = context.Configuration.Unknown.Any(setting => setting.Key == "target") ? null : context.Configuration.Target;
        if (target is { Kind: Targets.TargetKind.Local, Device: null })
        {
            yield return LastCapture(context.Root, target.Path);
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

    private static CheckResult LastCapture(SystemRoot root, string path)
    {
        try
        {
            return KeptCrashes.Newest(root.PathOf(path)) is { } last
                ? new CheckResult("last capture", last.IsComplete ? CheckState.Good : CheckState.Warning,
                    $"{last.Time:yyyy-MM-dd HH:mm}, {last.Name}{(last.IsComplete ? "" : ", incomplete")}")
                : new CheckResult("last capture", CheckState.Note, $"none in {path}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new CheckResult("last capture", CheckState.Warning, "unknown", e.Message);
        }
    }
}

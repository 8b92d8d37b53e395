namespace Panicle.Kdump.Readiness;

/// <summary>Typos and contradictions in the configuration.</summary>
internal sealed class ConfigurationCheck : Check
{
    public override IEnumerable<CheckResult> Run(CheckContext context)
    {
        var files = context.Configuration.Files;
        var remarks = files.Sum(file => file.Remarks.Count);
        var found = files.Count == 0 ? "none; the defaults hold" : string.Join(", ", files.Select(file => file.Path));
        yield return remarks == 0
            ? new CheckResult("configuration", CheckState.Good, found)
            : new CheckResult("configuration", CheckState.Warning, $"{found}: {remarks} remark{(remarks == 1 ? "" : "s")}", "",
                "panicle kdump config check");
    }
}

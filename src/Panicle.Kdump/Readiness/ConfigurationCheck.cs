using Panicle.Kdump.Configuration;
using Panicle.Kdump.Initramfs;

namespace Panicle.Kdump.Readiness;

/// <summary>Typos and contradictions in the configuration.</summary>
internal sealed class ConfigurationCheck : Check
{
    public override string Name => "configuration";

    public override IEnumerable<CheckResult> Run(CheckContext context)
    {
        foreach (var unknown in context.Configuration.Unknown.GroupBy(setting => (setting.Origin, setting.WhyUnknown)))
        {
            var keys = unknown.Count() > 4 ? "any of its keys" : string.Join(" and ", unknown.Select(setting => setting.Key));
            yield return new CheckResult(
                "configuration", CheckState.Bad, $"{unknown.Key.Origin}: nothing tells what {keys} is: {unknown.Key.WhyUnknown}",
                "Panicle neither guesses nor runs what stands there", $"say it plainly in {PanicleConf.DefaultPath}");
        }
        foreach (var missing in context.Configuration.Unknown.Any(setting => setting.Key == "modules") ? []
            : ModuleSelection.MissingOf(context.Root, context.Configuration))
            yield return new CheckResult(
                Name, CheckState.Unknown, $"there is no module {missing}", "whether a capture works without it isn't known",
                "take it out of modules, or install it");
        var files = context.Configuration.Files;
        var remarks = files.Sum(file => file.Remarks.Count);
        var found = files.Count == 0 ? "none; the defaults hold" : string.Join(", ", files.Select(file => file.Path));
        yield return remarks == 0
            ? new CheckResult("configuration", CheckState.Good, found)
            : new CheckResult("configuration", CheckState.Warning, $"{found}: {remarks} remark{(remarks == 1 ? "" : "s")}", "",
                "panicle kdump config check");
    }
}

using System.Globalization;
using System.Text.RegularExpressions;
using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>
/// The memory controller counted errors: EDAC (drivers/edac), or the kernel took bad pages out of use (mm/memory-failure.c).
/// </summary>
internal sealed partial class MemoryErrorRule : FindingRule
{
    private const int MostModules = 4;

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        var errors = context.Log.Lines.Select(line => (Line: line, Match: Edac().Match(line.Text)))
            .Where(error => error.Match.Success).ToList();
        var failures = context.Log.Lines.Where(line => line.Text.StartsWith("Memory failure: ", StringComparison.Ordinal)
            || line.Text.StartsWith("Uncorrected hardware memory error", StringComparison.Ordinal)).ToList();
        if (errors.Count == 0 && failures.Count == 0)
            yield break;
        var uncorrected = errors.Where(error => error.Match.Groups["kind"].Value == "UE").ToList();
        var count = errors.Sum(error => long.TryParse(error.Match.Groups["count"].ValueSpan, NumberStyles.None,
            CultureInfo.InvariantCulture, out var number) ? Math.Min(number, 1_000_000) : 1);
        var groups = errors.GroupBy(error => error.Match.Groups["where"].Value).OrderByDescending(group => group.Count())
            .Select(group => new LineGroup(group.Key, [.. group.Select(error => error.Line)])).ToList();
        var isBad = uncorrected.Count > 0 || failures.Count > 0;
        var where = groups.Count > 0 ? $", on {groups[0].Key}" : "";
        yield return new Finding(OopsKind.HardwareError,
            isBad
                ? $"The memory had errors that could not be corrected{where} (EDAC)"
                : $"The memory had {count} {(count == 1 ? "error" : "errors")} that could be corrected, "
                    + $"most on {groups[0].Key} (EDAC)",
            isBad ? Certainty.Likely : Certainty.Possible, FindingRole.Circumstance,
            [
                .. groups.Take(MostModules).SelectMany(group => group.Quote(context)),
                .. failures.TakeLast(2).Select(context.Quote),
            ],
            "Replace the memory module that the lines name. "
                + "A few corrected errors a year are normal; many, or any that weren't corrected, are not.");
    }

    // "EDAC MC0: 1 CE memory read error on CPU_SrcID#0_Ha#0_Chan#1_DIMM#0 (channel:1 slot:0 page:0x… offset:0x… …)".
    [GeneratedRegex(
        @"^EDAC MC\d+: (?<count>\d+) (?<kind>CE|UE) .*? on (?<where>[^(]+?)\s*(?:\(|$)", RegexOptions.CultureInvariant)]
    private static partial Regex Edac();
}

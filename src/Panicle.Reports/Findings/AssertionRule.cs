using System.Text.RegularExpressions;
using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>A file system from outside of the kernel's tree checked its own state, and it was one that must not be.</summary>
internal sealed partial class AssertionRule : FindingRule
{
    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        if (Place().Match(context.Message) is not { Success: true } found)
            yield break;
        var who = context.Message.StartsWith("Lustre", StringComparison.Ordinal) ? "Lustre" : "ZFS";
        var conditions = context.Before(Seconds).Where(line => Condition().IsMatch(line.Text)).TakeLast(1).ToList();
        var said = string.Concat(conditions.Select(line => $": {line.Text.Trim()}"));
        yield return new Finding(
            OopsKind.Bug,
            $"An assertion of {who} failed at {found.Groups["file"].Value}, {found.Groups["f"].Value}(){said}",
            Certainty.Certain, FindingRole.Symptom, [.. conditions.Select(context.Quote), .. context.Words],
            $"The task stops there for ever, and what waits for it hangs. Look for the place in {who}'s list of issues, with its "
                + "version; check the pool or target, and the memory, for errors.");
    }

    // It is said right before.
    private const double Seconds = 1;

    [GeneratedRegex(
        @"^(?:PANIC at |SPLError: \d+:\d+:\(|LustreError: \d+:\d+:\()(?<file>[\w.-]+:\d+):(?<f>\w+)\(\)"
            + @"(?:$|\) SPL PANIC|\) LBUG)",
        RegexOptions.CultureInvariant)]
    private static partial Regex Place();

    [GeneratedRegex(@"^(?:VERIFY|ASSERT)\w*\(.*failed|\) ASSERTION\(.*failed", RegexOptions.CultureInvariant)]
    private static partial Regex Condition();
}

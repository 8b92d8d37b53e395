using System.Globalization;
using System.Text.RegularExpressions;
using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>The kernel numbers its oopses: where the first one's number isn't 1, what came before isn't in this text.</summary>
internal sealed partial class MissingOopsRule : FindingRule
{
    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        if (context.Event is not { } found)
            yield break;
        var numbered = context.EventLines.Where(line => Number().IsMatch(line.Text)).Take(1).ToList();
        var number = numbered.Count == 0 ? 1
            : int.Parse(Number().Match(numbered[0].Text).Groups["n"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
        var here = context.Log.Lines.TakeWhile(line => line.Number < found.FirstLine).Count(line => Number().IsMatch(line.Text));
        var missing = number - 1 - here;
        // An oops taints the kernel once it is over.
        var isTainted = found.Taint?.Contains('D') == true && number == 1 && here == 0
            && !context.Log.Events.Any(other => other.FirstLine < found.FirstLine && other.Kind != OopsKind.Warning);
        if (missing <= 0 && !isTainted)
            yield break;
        var what = missing == 1 ? "One oops before this one is" : missing > 1 ? $"{missing} oopses before this one are"
            : "An oops before this one is";
        yield return new Finding(
            OopsKind.Other, $"{what} missing from this text: the crash may follow from the first", Certainty.Certain,
            FindingRole.Circumstance,
            missing > 0 ? [.. numbered.Select(context.Quote)] : [new("the taint D: the kernel had an oops or BUG before")],
            "Look for the first oops in an older log (journalctl -k, /var/log, pstore), and explain it first.");
    }

    [GeneratedRegex(@"\[#(?<n>[1-9]\d{0,5})\]", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}

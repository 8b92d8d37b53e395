using System.Text.RegularExpressions;
using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>Control-flow integrity refused a call through a pointer (CONFIG_CFI_CLANG, kernel/cfi.c).</summary>
internal sealed partial class IndirectCallRule : FindingRule
{
    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        if (context.Event is not { } found || Failure().Match(found.Title) is not { Success: true } match)
            yield break;
        var target = match.Groups["t"] is { Success: true } name ? $" to {FunctionOf(name.Value)}" : "";
        var caller = found.FullFunction is { } who && who != match.Groups["t"].Value ? $"{who} made" : "The kernel made";
        yield return new Finding(
            OopsKind.Bug, $"{caller} an indirect call{target}, which is a function of another type (CONFIG_CFI_CLANG)",
            Certainty.Certain, FindingRole.Cause, [.. context.Headline],
            "Compare the type of the function pointer with that of the function: its parameters and what it returns have to be "
                + "the same. If they are, the pointer was overwritten.");
    }

    private static string FunctionOf(string symbol) => symbol.Split('+', '.')[0];

    [GeneratedRegex(@"CFI failure(?: at \S+(?: \[\w+\])?)? \(target: (?<t>[\w.]+)", RegexOptions.CultureInvariant)]
    private static partial Regex Failure();
}

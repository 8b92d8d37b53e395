using Panicle.Reports.Oops;

namespace Panicle.Reports.Findings;

/// <summary>A division by zero, or one whose result is too large.</summary>
public sealed class DivideErrorFinding : FindingRule
{
    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        if (!context.Message.StartsWith("divide error", StringComparison.Ordinal) || context.Fault is not { } fault)
            yield break;
        yield return new Finding(OopsKind.DivideError, $"{FindingContext.FunctionOf(fault.Frame)} divided by zero, or the result didn't fit (divide error)",
            Certainty.Certain, FindingRole.Cause,
            [.. context.Words, new($"{FindingContext.PlaceOf(fault.Frame)}: {fault.Instruction?.Text}", $"dis {fault.Frame.Address:x} 1"), new("the registers: the divisor is among them", FindingContext.BacktraceCommand)],
            "Find out where the divisor comes from: a size, rate or count that a device or a user gave and that nothing checked.");
    }
}

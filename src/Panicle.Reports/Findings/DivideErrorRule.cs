using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>A division by zero, or one whose result is too large.</summary>
internal sealed class DivideErrorRule : FindingRule
{
    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        if (!context.Message.StartsWith("divide error", StringComparison.Ordinal) || context.Fault is not { } fault)
            yield break;
        yield return new Finding(
            OopsKind.DivideError, $"{fault.Function} divided by zero, or the result didn't fit (divide error)",
            Certainty.Certain, FindingRole.Cause,
            [.. context.Words, .. Division(fault)],
            "Find out where the divisor comes from: "
                + "a size, rate or count that a device or a user gave and that nothing checked.");
    }

    private static IEnumerable<Evidence> Division(FaultSite fault)
    {
        if (fault.Instruction is null)
            yield break;
        yield return new Evidence(
            $"{fault.Place}: {fault.Instruction}{Divisor(fault)}", fault.Frame is { } frame ? $"dis {frame.Address:x} 1" : null);
    }

    // "idiv %esi": the register and what was in it. A divisor in memory is told by the access.
    private static string Divisor(FaultSite fault)
    {
        if (fault.Access is { } access)
            return $" — {access.Text}";
        var name = fault.Instruction!.Split('%') is [_, var operand] ? operand.Trim() : "";
        return fault.Processor?.Instructions.WholeRegister(name) is { } full && fault.Register(full) is { } value
            ? $" — the divisor, {full}, is 0x{value:x}"
            : "";
    }
}

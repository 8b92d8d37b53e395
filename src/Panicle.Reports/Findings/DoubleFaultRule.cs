using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>An exception came while the processor delivered another, with a stack pointer that is none.</summary>
internal sealed class DoubleFaultRule : FindingRule
{
    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        if (context.Event is not { Kind: OopsKind.DoubleFault } found || context.Fault is not { StackPointer: { } pointer }
            || pointer >> 63 != 0 || found.Function is not null)
            yield break;
        yield return new Finding(
            OopsKind.DoubleFault, $"The processor could not even handle an exception: its stack pointer was "
                + $"0x{pointer:x}, no address of "
                + "the kernel's (double fault)",
            Certainty.Certain, FindingRole.Symptom,
            [
                .. context.Headline,
                .. found.Instruction is { } at ? new Evidence[] { new($"RIP says {at.Place}: it came with that stack "
                    + "pointer, and may be as wrong") } : [],
            ],
            "Registers were restored from memory that was overwritten: a stack, a task's saved state, or memory that "
                + "fails. Look at "
                + "what came before, and test the memory if crashes of this machine have nothing in common.");
    }
}

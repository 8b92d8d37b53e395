using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>An entry of the table of interrupt handlers leads out of the kernel's text.</summary>
internal sealed class InterruptTableRule : FindingRule
{
    private const int MostShown = 8;

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        if (context.Kernel is not { } kernel)
            yield break;
        var code = new KernelCode(kernel);
        var foreign = kernel.Architecture.InterruptGates(kernel).Where(gate => !code.IsKernels(gate.Handler)).ToList();
        if (foreign.Count == 0)
            yield break;
        var evidence = foreign.Take(MostShown).Select(gate => new Evidence(
            $"interrupt vector {gate.Vector} leads to 0x{gate.Handler:x}: {kernel.Mm.Addresses.Find(gate.Handler).Summary}",
            $"rd {gate.Address:x} {gate.Size / kernel.Memory.Words.Size}"));
        yield return new Finding(
            OopsKind.Other,
            $"{foreign.Count} interrupt {(foreign.Count == 1 ? "vector leads" : "vectors lead")} to code outside of the kernel "
                + $"(the {kernel.Architecture.InterruptTable} was changed)",
            Certainty.Certain, FindingRole.Circumstance, [.. evidence],
            "A rootkit does this. Treat the machine as broken into, and keep the dump.");
    }
}

using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>An NMI that no driver knew, or that the hardware sent for an error, was made fatal.</summary>
internal sealed class NmiRule : FindingRule
{
    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        if (!context.PanickedWith("NMI: ") && !context.PanickedWith("An NMI occurred"))
            yield break;
        var isHardware = context.PanickedWith("IOCK")
            || context.InLastWords(text => text.StartsWith("NMI: PCI system error", StringComparison.Ordinal)
            || text.StartsWith("NMI: IOCK error", StringComparison.Ordinal)).Any();
        var reasons = context.InLastWords(text =>
            text.Contains("NMI", StringComparison.Ordinal) && !text.StartsWith("Kernel panic", StringComparison.Ordinal));
        yield return new Finding(isHardware ? OopsKind.HardwareError : OopsKind.Panic,
            isHardware ? "The hardware reported an error by an NMI, and the kernel was told to die of it"
                : "An NMI came that no driver knew, and the kernel was told to die of it: "
                    + "most often a request for this dump, by a management controller or a hypervisor",
            Certainty.Certain, FindingRole.Trigger,
            [
                .. reasons.Take(3).Select(context.Quote),
                .. context.Words,
                .. context.Kernel is null ? Array.Empty<Evidence>() : [new("what every CPU was doing", "bt -a")],
            ],
            isHardware ? "Read the machine's own log of events (IPMI SEL)."
                : "If the machine had been hanging, look at the blocked tasks and at what each CPU did.");
    }
}

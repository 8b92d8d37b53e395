using Panicle.Kernel;
using Panicle.Kernel.Arch;
using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>A protection of the processor's had been turned off: of read-only memory, or of user pages.</summary>
internal sealed class ProtectionRule : FindingRule
{
    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        List<(string Name, Evidence Evidence)> off = [.. InLog(context), .. context.Kernel is { } kernel ? InDump(kernel) : []];
        if (off.Count == 0)
            yield break;
        yield return new Finding(
            OopsKind.Other,
            "A protection of the processor's was off that the kernel keeps on "
                + $"({string.Join(", ", off.Select(one => one.Name).Distinct())})",
            Certainty.Likely, FindingRole.Circumstance, [.. off.Select(one => one.Evidence)],
            "Exploits and rootkits turn it off, and some careless drivers. "
                + "If it wasn't such a driver, treat the machine as broken into.");
    }

    private static IEnumerable<(string Name, Evidence Evidence)> InLog(FindingContext context)
    {
        if (context.Event is not { } found || Architectures.ProcessorOf(found.Architecture) is not { } processor)
            return [];
        return processor.DisabledProtections(name => found.Registers.TryGetValue(name, out var value) ? value.Value : null)
            .Select(off => (off.Name, new Evidence(off.Why, context.Kernel is null ? null : "log")));
    }

    private static IEnumerable<(string Name, Evidence Evidence)> InDump(KernelDump kernel) =>
        kernel.Architecture.DisabledProtections(kernel).Select(off => (off.Name, new Evidence(off.Why, $"rd {off.Address:x}")));
}

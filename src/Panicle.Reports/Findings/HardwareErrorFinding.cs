using Panicle.Reports.Oops;

namespace Panicle.Reports.Findings;

/// <summary>The hardware had reported errors: machine checks, memory (EDAC), PCI Express (AER), disks, heat.</summary>
public sealed class HardwareErrorFinding : FindingRule
{
    private const int MostLines = 5;

    // Each with the text that only an error has: the same drivers also say that they are there.
    private static readonly (string Text, OopsKind Kind, string What)[] Signs =
    [
        ("[Hardware Error]", OopsKind.HardwareError, "hardware errors"),
        ("Machine Check Exception", OopsKind.HardwareError, "a machine check"),
        (": AER: Corrected error", OopsKind.HardwareError, "errors of PCI Express"),
        (": AER: Uncorrect", OopsKind.HardwareError, "errors of PCI Express"),
        (": AER: Multiple", OopsKind.HardwareError, "errors of PCI Express"),
        ("temperature above threshold", OopsKind.HardwareError, "heat"),
        ("I/O error, dev ", OopsKind.IoError, "errors of a disk"),
        ("Unrecovered read error", OopsKind.IoError, "errors of a disk"),
        ("controller is down; will reset", OopsKind.IoError, "an NVMe controller that failed"),
    ];

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        var isFatal = context.PanickedWith("Fatal machine check") || context.PanickedWith("Fatal hardware error") || context.PanickedWith("Machine check");
        var lines = context.Log.Lines.Select(line => (Line: line, Sign: SignOf(line.Text))).Where(line => line.Sign.What is { Length: > 0 }).ToList();
        if (lines.Count == 0 && !isFatal)
            yield break;
        var what = lines.Count == 0 ? "a machine check" : string.Join(", ", lines.Select(line => line.Sign.What).Distinct());
        yield return new Finding(lines.Count == 0 ? OopsKind.HardwareError : lines[0].Sign.Kind,
            isFatal ? $"The hardware failed: {what}" : $"The log has {what}", isFatal ? Certainty.Certain : Certainty.Possible, isFatal ? FindingRole.Cause : FindingRole.Circumstance,
            [.. lines.TakeLast(MostLines).Select(line => context.Quote(line.Line)), .. isFatal ? context.Words : []],
            "Decode the errors with mcelog or rasdaemon, and read the machine's own log of events (IPMI SEL).");
    }

    private static (string Text, OopsKind Kind, string What) SignOf(string text)
    {
        // "EDAC MC0: 1 CE memory read error on …", where CE is a corrected and UE an uncorrected error.
        if (text.StartsWith("EDAC ", StringComparison.Ordinal) && (text.Contains(" CE ", StringComparison.Ordinal) || text.Contains(" UE ", StringComparison.Ordinal)))
            return ("EDAC", OopsKind.HardwareError, "errors of the memory (EDAC)");
        return Signs.FirstOrDefault(sign => text.Contains(sign.Text, StringComparison.Ordinal));
    }
}

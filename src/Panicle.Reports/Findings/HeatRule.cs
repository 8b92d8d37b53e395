using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>The machine was too hot: the processor slowed itself down, or a critical temperature was reached.</summary>
internal sealed class HeatRule : FindingRule
{
    // arch/x86/kernel/cpu/mce/therm_throt.c (now drivers/thermal/intel), drivers/thermal/thermal_core.c.
    private static readonly (string Text, bool IsCritical)[] Signs =
    [
        ("temperature above threshold, cpu clock throttled", false),
        ("temperature/speed normal", false),
        ("critical temperature reached", true),
        ("Critical temperature reached", true),
        ("HARDWARE PROTECTION shutdown (Temperature too high)", true),
    ];

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        var lines = context.Log.Lines.Where(line => SignIn(line.Text) is not null).ToList();
        if (lines.Count == 0)
            yield break;
        var isCritical = lines.Exists(line => SignIn(line.Text) is { IsCritical: true });
        yield return new Finding(OopsKind.HardwareError,
            isCritical
                ? "The machine became so hot that it had to stop (critical temperature)"
                : "The processor became so hot that it slowed itself down (thermal throttling)",
            isCritical ? Certainty.Likely : Certainty.Possible, FindingRole.Circumstance,
            [.. new LineGroup("heat", lines).Quote(context)],
            "Check the fans, the dust and the room. A hot machine is slow, and computes wrongly at last.");
    }

    private static (string Text, bool IsCritical)? SignIn(string text)
    {
        foreach (var sign in Signs)
        {
            if (text.Contains(sign.Text, StringComparison.Ordinal))
                return sign;
        }
        return null;
    }
}

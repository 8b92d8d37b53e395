using Panicle.Logs.Events;
using Panicle.Logs.Reading;

namespace Panicle.Reports.Findings;

/// <summary>The kernel had warned or had an oops before: the first trouble matters, the last may follow from it.</summary>
internal sealed class EarlierTroubleRule : FindingRule
{
    private const double Second = 1;
    private const int MostLines = 3;

    private static readonly (string Beginning, OopsKind Kind)[] Beginnings =
    [
        ("BUG: KASAN: use-after-free", OopsKind.UseAfterFree), ("BUG: KASAN: slab-use-after-free", OopsKind.UseAfterFree),
        ("BUG: KASAN: ", OopsKind.OutOfBounds),
        ("BUG: kernel NULL pointer", OopsKind.NullPointerDereference), ("BUG: unable to handle", OopsKind.PageFault),
        ("BUG: Bad page", OopsKind.MemoryCorruption),
        ("general protection fault", OopsKind.GeneralProtectionFault), ("kernel BUG at ", OopsKind.Bug),
        ("BUG: scheduling while atomic", OopsKind.SleepInAtomic),
        ("BUG: sleeping function", OopsKind.SleepInAtomic), ("watchdog: BUG: soft lockup", OopsKind.SoftLockup),
        ("BUG: ", OopsKind.Bug), ("Oops: ", OopsKind.Bug),
        ("WARNING: CPU: ", OopsKind.Warning), ("WARNING: at ", OopsKind.Warning), ("refcount_t: ", OopsKind.Refcount),
        ("list_add corruption", OopsKind.MemoryCorruption),
        ("list_del corruption", OopsKind.MemoryCorruption), ("INFO: task ", OopsKind.HungTask),
    ];

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        var earlier = context.Log.Lines.Where(line => KindOf(line.Text) is not null && IsEarlier(context, line)).ToList();
        if (earlier.Count == 0)
            yield break;
        yield return new Finding(
            KindOf(earlier[0].Text)!.Value,
            $"This was not the first trouble: the log has {earlier.Count} earlier {(earlier.Count == 1 ? "report" : "reports")}, "
                + "and the crash may follow from the first",
            Certainty.Possible, FindingRole.Circumstance, [.. earlier.Take(MostLines).Select(context.Quote)],
            "Explain the first report first.");
    }

    // Without time stamps: what comes before the first line of the crash.
    private static bool IsEarlier(FindingContext context, LogLine line) =>
        context.MessageLine is not { } message || (message.Seconds - line.Seconds is { } ago
            ? ago > Second
            : line.Number < (context.Event?.FirstLine ?? message.Number));

    private static OopsKind? KindOf(string text)
    {
        foreach (var (beginning, kind) in Beginnings)
        {
            if (text.StartsWith(beginning, StringComparison.Ordinal))
                return kind;
        }
        return null;
    }
}

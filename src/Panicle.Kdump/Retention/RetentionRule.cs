using Panicle.Kdump.Configuration;

namespace Panicle.Kdump.Retention;

/// <summary>
/// Which of the kept crashes go, so that there is room for the next:
/// by their number, their age and the space that must stay free.
/// </summary>
/// <param name="Most">How many stay; null for any number.</param>
/// <param name="Days">How many days one stays; null for ever.</param>
/// <param name="FreePercent">How much of the target must stay free, in percent; null for none.</param>
internal sealed record RetentionRule(int? Most, int? Days, int? FreePercent)
{
    /// <summary>The rule that a configuration's <c>keep</c> and <c>keep-days</c> say.</summary>
    public static RetentionRule Of(EffectiveConfiguration configuration) =>
        new(configuration.Number("keep"), configuration.Number("keep-days"), configuration.Number("keep-free"));

    /// <summary>Those that go, the oldest first. The newest crash always stays, were there no room at all.</summary>
    /// <param name="crashes">Those that were there before, the oldest first.</param>
    /// <param name="isSaved">Whether a newer one is safe already; else the newest of these stays.</param>
    /// <param name="now">The time (UTC); null if nobody knows, and then none is too old.</param>
    /// <param name="size">The size of the target, in bytes.</param>
    /// <param name="free">How much of it is free, in bytes.</param>
    public IReadOnlyList<OwnCrash> Expired(
        IReadOnlyList<OwnCrash> crashes, bool isSaved, DateTime? now, ulong size, ulong free)
    {
        var expired = new List<OwnCrash>();
        var needed = FreePercent is { } percent ? size / 100 * (ulong)percent : 0;
        var all = crashes.Count + (isSaved ? 1 : 0);
        foreach (var crash in crashes.Take(all - 1))
        {
            var isTooMany = all - expired.Count > Most;
            var isTooOld = Days is { } days && now is { } time && time - crash.Stamp > TimeSpan.FromDays(days);
            if (!isTooMany && !isTooOld && free >= needed)
                continue;
            expired.Add(crash);
            free += crash.Size;
        }
        return expired;
    }
}

namespace Panicle.Kdump.Retention;

/// <summary>
/// The time in a capture kernel, which is what the machine's own clock says, and that may be wrong by years: it is believed
/// only between what is known to be past and a while after.
/// </summary>
/// <param name="Now">What the clock says (UTC).</param>
/// <param name="MadeAt">When the initramfs was made, by the running system's clock; null if nothing tells.</param>
internal sealed record CaptureClock(DateTime Now, DateTime? MadeAt)
{
    /// <summary>
    /// An initramfs is made anew with every kernel and every change of the configuration: one that has been used for longer than
    /// this is a clock that is ahead.
    /// </summary>
    private static readonly TimeSpan MostAge = TimeSpan.FromDays(2 * 366);

    // A clock that is set to local time.
    private static readonly TimeSpan Tolerance = TimeSpan.FromDays(1);

    /// <summary>The time, or null if the clock isn't to be believed.</summary>
    /// <param name="crashes">Crashes that were saved before.</param>
    /// <param name="say">Is told why it isn't believed.</param>
    public DateTime? Trusted(IReadOnlyList<OwnCrash> crashes, Action<string> say)
    {
        var why = MadeAt is not { } made ? "nothing tells when the initramfs was made"
            : Now < made - Tolerance ? $"the initramfs was made later, at {made:yyyy-MM-dd HH:mm}"
            : Now > made + MostAge ? $"the initramfs was made long before, at {made:yyyy-MM-dd HH:mm}"
            : crashes.Count > 0 && crashes[^1].Stamp > Now + Tolerance ? $"{crashes[^1].Name} was saved later"
            : null;
        if (why is not null)
            say($"keep-days removes nothing: the clock says {Now:yyyy-MM-dd HH:mm}, and {why}");
        return why is null ? Now : null;
    }
}

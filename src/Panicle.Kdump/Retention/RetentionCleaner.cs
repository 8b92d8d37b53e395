namespace Panicle.Kdump.Retention;

/// <summary>
/// Removes the crashes that a rule lets go: only what is certainly this machine's own, never the crash that is being saved, and
/// file by file, so that nothing goes that nobody has looked at.
/// </summary>
internal static class RetentionCleaner
{
    private const int MostDoubts = 20;

    /// <summary>Removes the crashes that a rule no longer keeps, the oldest first.</summary>
    /// <param name="directory">The target's directory.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="crashes">Finds this machine's own.</param>
    /// <param name="current">The name of the crash that is being saved.</param>
    /// <param name="isSaved">Whether that is safe already; until then, the newest before it stays.</param>
    /// <param name="clock">What the time is, as far as it can be trusted.</param>
    /// <param name="say">Is told of each, and of what is kept though it looks like a crash.</param>
    public static void Clean(
        string directory, RetentionRule rule, OwnCrashes crashes, string current, bool isSaved, CaptureClock clock,
        Action<string> say)
    {
        if (rule is { Most: null, Days: null, FreePercent: null })
            return;
        try
        {
            var found = crashes.In(directory, current);
            foreach (var doubt in crashes.Doubts.Take(MostDoubts))
                say(doubt);
            if (crashes.Doubts.Count > MostDoubts)
                say($"{crashes.Doubts.Count - MostDoubts} more are kept");
            var now = rule.Days is null ? null : clock.Trusted(found, say);
            var space = new DriveInfo(directory);
            var expired = rule.Expired(found, isSaved, now, (ulong)space.TotalSize, (ulong)space.AvailableFreeSpace);
            foreach (var crash in expired)
                Remove(crash, say);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            say($"old dumps could not be removed: {e.Message}");
        }
    }

    private static void Remove(OwnCrash crash, Action<string> say)
    {
        try
        {
            foreach (var file in crash.Files)
                File.Delete(file);
            Directory.Delete(crash.Path, recursive: false);
            say($"{crash.Name} is removed, as keep, keep-days or keep-free say");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            say($"{crash.Name} could not be removed: {e.Message}");
        }
    }
}

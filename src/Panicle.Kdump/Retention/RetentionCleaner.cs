namespace Panicle.Kdump.Retention;

/// <summary>Removes the crashes that a rule lets go.</summary>
internal static class RetentionCleaner
{
    /// <summary>Removes the crashes that a rule no longer keeps, the oldest first.</summary>
    /// <param name="directory">The target's directory.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="say">Is told of each.</param>
    public static void Clean(string directory, RetentionRule rule, Action<string> say)
    {
        if (rule is { Most: null, Days: null, FreePercent: null })
            return;
        try
        {
            var space = new DriveInfo(directory);
            foreach (var crash in rule.Expired(
                KeptCrashes.In(directory), DateTime.UtcNow, (ulong)space.TotalSize, (ulong)space.AvailableFreeSpace))
            {
                Directory.Delete(crash.Path, recursive: true);
                say($"{crash.Name} of {crash.Time:yyyy-MM-dd} is removed, as keep, keep-days or keep-free say");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            say($"old dumps could not be removed: {e.Message}");
        }
    }
}

using System.Globalization;

namespace Panicle.Kdump.Retention;

/// <summary>The time that a crash's directory has in its name (UTC), in any of the layouts.</summary>
internal static class CrashStamp
{
    // 202611210412 as Debian has it; SUSE's and RHEL's end with 2026-11-21-04:12.
    private static readonly string[] Forms = ["yyyyMMddHHmm", "yyyy-MM-dd-HH:mm:ss", "yyyy-MM-dd-HH:mm"];

    /// <summary>The time at the end of a directory's name, or null if there is none.</summary>
    public static DateTime? Of(string name)
    {
        var stamp = WithoutNumber(name);
        foreach (var form in Forms)
        {
            if (stamp.Length >= form.Length && Parse(stamp[^form.Length..], form) is { } time)
                return time;
        }
        return null;
    }

    /// <summary>A time of one form.</summary>
    public static DateTime? Parse(string text, string form) =>
        DateTime.TryParseExact(text, form, CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time : null;

    /// <summary>A name without the number that the second crash of a minute gets: 202611210412.2.</summary>
    public static string WithoutNumber(string name)
    {
        var dot = name.LastIndexOf('.');
        return dot > 0 && dot < name.Length - 1 && dot >= name.Length - 5
            && name.AsSpan(dot + 1).IndexOfAnyExceptInRange('0', '9') < 0
            ? name[..dot]
            : name;
    }
}

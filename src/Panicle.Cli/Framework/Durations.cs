using System.Globalization;

namespace Panicle.Cli;

/// <summary>Lengths of time as crash shows them.</summary>
internal static class Durations
{
    /// <summary><c>1 02:03:04.567</c>: days, hours, minutes, seconds, milliseconds.</summary>
    public static string WithMilliseconds(ulong nanoseconds)
    {
        var time = TimeSpan.FromMilliseconds(nanoseconds / 1_000_000);
        return string.Create(CultureInfo.InvariantCulture, $"{time.Days} {time:hh\\:mm\\:ss\\.fff}");
    }

    /// <summary><c>1 days, 02:03:04</c>, the days left out on the first.</summary>
    public static string InSeconds(ulong nanoseconds)
    {
        var time = TimeSpan.FromSeconds(nanoseconds / 1_000_000_000);
        var days = time.Days > 0 ? $"{time.Days} days, " : "";
        return string.Create(CultureInfo.InvariantCulture, $"{days}{time:hh\\:mm\\:ss}");
    }
}

namespace Panicle.Cli;

/// <summary>Amounts of memory as people read them.</summary>
internal static class Sizes
{
    private static readonly string[] Units = ["bytes", "KB", "MB", "GB", "TB", "PB"];

    /// <summary>
    /// In the largest unit that leaves it at one or more, with one digit behind the point unless that is zero:
    /// "3.6 GB", "768 MB".
    /// </summary>
    public static string Rounded(ulong bytes)
    {
        double value = bytes;
        var unit = 0;
        for (; value >= 1024 && unit < Units.Length - 1; unit++)
            value /= 1024;
        var text = value.ToString("0.0");
        return $"{(text.EndsWith(".0", StringComparison.Ordinal) ? text[..^2] : text)} {Units[unit]}";
    }
}

using System.Text.RegularExpressions;

namespace Panicle.Kdump.Retention;

/// <summary>
/// What a crash's directory looks like, to the letter, that Panicle or the distribution's own script has made: its name, and the
/// names of all that can be in it. What looks otherwise is somebody's own.
/// </summary>
internal static partial class CrashLayout
{
    private const string Incomplete = "-incomplete";

    private static readonly string[] Debian = ["dump", "vmcore", "dmesg", "report", "capture"];

    private static readonly string[] Rhel =
    [
        "vmcore", "vmcore.flat", "vmcore-dmesg.txt", "vmcore-dmesg-incomplete.txt", "vmcore-report.txt", "vmcore-capture.txt",
        "kexec-dmesg.log",
    ];

    /// <summary>When a directory of a layout was made, by its name; null if it isn't one.</summary>
    /// <param name="layout">The layout, as the configuration names it.</param>
    /// <param name="name">The directory's name.</param>
    public static DateTime? StampOf(string layout, string name)
    {
        var stamp = CrashStamp.WithoutNumber(name);
        if (layout == "debian")
            return CrashStamp.Parse(stamp, "yyyyMMddHHmm");
        return RhelName().Match(stamp) is { Success: true } match
            ? CrashStamp.Parse(match.Groups[1].Value, "yyyy-MM-dd-HH:mm:ss")
            : null;
    }

    /// <summary>Whether a file belongs into a directory of the layout.</summary>
    /// <param name="layout">The layout, as the configuration names it.</param>
    /// <param name="directory">The directory's name.</param>
    /// <param name="file">The file's.</param>
    public static bool Has(string layout, string directory, string file)
    {
        var name = file.EndsWith(Incomplete, StringComparison.Ordinal) ? file[..^Incomplete.Length] : file;
        if (layout != "debian")
            return Rhel.Contains(name);
        return file == $"dump{Incomplete}"
            || Debian.Any(kind => name == $"{kind}.{CrashStamp.WithoutNumber(directory)}");
    }

    /// <summary>Whether a file of the layout is the dump.</summary>
    public static bool IsDump(string file) =>
        file is "dump-incomplete" or "vmcore" or "vmcore.flat" or "vmcore-incomplete"
            || file.StartsWith("dump.", StringComparison.Ordinal) || file.StartsWith("vmcore.2", StringComparison.Ordinal);

    /// <summary>Whether a file of the layout is what the capture said.</summary>
    public static bool IsCaptureLog(string file) =>
        file.StartsWith("capture.", StringComparison.Ordinal) || file.StartsWith("vmcore-capture.txt", StringComparison.Ordinal);

    // The address is the machine's own, or a name where kdump.conf asks for one.
    [GeneratedRegex(@"^[0-9A-Za-z.:_-]{1,255}-(\d{4}-\d{2}-\d{2}-\d{2}:\d{2}:\d{2})$")]
    private static partial Regex RhelName();
}

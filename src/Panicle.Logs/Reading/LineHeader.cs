using System.Text.RegularExpressions;

namespace Panicle.Logs.Reading;

/// <summary>What loggers put before a message, one alternative a carrier; several may stand one behind the other.</summary>
internal static partial class LineHeader
{
    private const string Clock = @"\d{1,2}:\d\d:\d\d(?:[.,]\d{1,9})?";

    // Months in the user's language: "Nov", "лис", "févr.", "7月", "thg 7". Days of the week before them, years behind.
    private const string Word = @"(?:\p{L}[\p{L}\p{M}]{0,11}\.?)";

    private const string Zone = @"(?:Z|\s?[+-]\d\d:?\d\d|\s(?:UTC|[A-Z]{3,5})(?=[\s\]]))";

    private const string NumericDate = @"\d{4}[-/.]\d\d[-/.]\d\d(?:[T_]|,?\s)" + Clock + Zone + "?";

    private const string NamedDate =
        @"(?:" + Word + @",?\s{1,3})?(?:" + Word + @"|\d{1,2}(?:\.|[月월])?)\s{0,3}\d{1,2}[.,日일]?\s(?:\d{4}\s)?" + Clock
            + @"(?:\s\d{4})?" + Zone + "?|" + @"(?:" + Word + @",?\s)?\d{1,2}\.?\s" + Word + @"\s(?:\d{4}\s)?" + Clock
            + @"(?:\s\d{4})?" + Zone + "?";

    private const string Date = @"(?:(?:" + Word + @",?\s)?" + NumericDate + "|" + NamedDate + ")";

    private const string Levels = "(?:emerg|alert|crit|critical|err|error|warn|warning|notice|info|debug)";

    // "kernel:", "kernel[123]:", with a unit before it.
    private const string Kernel = @"(?:[\w.@-]{1,40}/)?kernel(?:\[\d{1,9}\])?:\s?";

    // RFC 5424.
    private const string Structured = @"kernel\s\S{1,40}\s\S{1,40}\s(?:-|\[[^\]]{0,200}\])\s?";

    /// <summary>All of them at a place; nothing where there is none.</summary>
    [GeneratedRegex(
        @"\G(?:" +
        @"(?:>(?=[\s>\[])\s?)+|\|\s" + // mail quoting
                                       // dmesg -x, Talos, OpenWrt's logread
        @"|(?:kern|user|daemon|syslog|local\d)\s{0,6}[:.]\s?" + Levels + @"\s{0,3}(?::\s?|\s)" +
        // syslog, kern.log, journalctl -o short, short-iso, short-full, with-unit
        @"|" + Date + @"\]?(?:\s{1,3}(?:\S{1,100}\s+){0,2}?(?:" + Kernel + "|" + Structured + @")|:?\s)" +
        @"|\d{9,10}\.\d{6}\s\S{1,100}\s" + Kernel + // short-unix
        @"|(?:[\w.-]{1,64}\s)?" + Kernel + // short-monotonic, behind the stamp
                                           // logcat, threadtime and brief
        @"|\d\d-\d\d\s" + Clock + @"\s+(?:\S{1,20}\s+)?\d+\s+\d+\s[VDIWEF]\s\S{0,40}\s*:\s" +
        @"|(?:\d\d-\d\d\s" + Clock + @"\s)?[VDIWEF]/\S{0,40}\s*\(\s*\d+\):\s" +
        @"|MESSAGE=|<\d{1,3}>\d*\s*" + // journalctl -o export, a raw level
        @"|\d{1,3},\d{1,20},(?<us>\d{1,18}),[-c+](?:,[^;]{0,80})?;" + // /dev/kmsg and extended netconsole
                                                                      // dmesg -T, -e, -d without its time, a terminal's clock
        @"|\[\s{0,3}(?:" + Date + @"|\p{L}[\p{L}\p{M}.]{0,11}\s?\d{1,2}\s\d\d:\d\d|" + Clock + ")" +
        @"(?:\s?<\s*[+-]?\d+\.\d+\s?>)?\]:?\s?" +
        @"|\[\s{0,8}(?:\+\d{1,9}\.\d{1,9}|<\s*[+-]?\d{1,9}\.\d{1,9}\s?>)\s?\]\s?" +
        @"|\*\*\s\d+\sprintk\smessages\sdropped\s\*\*\s?" +
        @")+", RegexOptions.CultureInvariant)]
    public static partial Regex Form();

    // Without a day of the week that could as well be a message's last word.
    private const string SureDate =
        "(?:" + NumericDate + @"|(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\s)?" + Word
            + @"\s{1,3}\d{1,2}\s(?:\d{4}\s)?" + Clock + @"(?:\s\d{4})?)";

    /// <summary>The header of what follows, behind a message whose line's end was lost.</summary>
    [GeneratedRegex(@"\s(?:" + SureDate + @"\s(?:\S{1,100}\s){0,2}?)?" + Kernel + "$", RegexOptions.CultureInvariant)]
    public static partial Regex Behind();
}

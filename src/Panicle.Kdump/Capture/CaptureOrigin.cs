using System.Globalization;

namespace Panicle.Kdump.Capture;

/// <summary>What a capture kernel knows only from the system that made its initramfs.</summary>
/// <param name="Host">The machine's name; "" if nothing tells.</param>
/// <param name="MadeAt">When the initramfs was made (UTC); null if nothing tells.</param>
internal sealed record CaptureOrigin(string Host, DateTime? MadeAt)
{
    /// <summary>Where it lies in the initramfs.</summary>
    public const string Path = "etc/panicle.origin";

    private const string HostName = "/proc/sys/kernel/hostname";

    /// <summary>That of a system, now.</summary>
    public static CaptureOrigin Of(SystemRoot root) => new(root.ReadLine(HostName), DateTime.UtcNow);

    /// <summary>That which lies in an initramfs.</summary>
    public static CaptureOrigin Read(SystemRoot root) =>
        root.ReadLine($"/{Path}").Split('\t') is [var host, var time, ..]
        && DateTime.TryParse(
            time, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal, out var made)
            ? new CaptureOrigin(host, made)
            : new CaptureOrigin("", null);

    /// <summary>The line that stands there.</summary>
    public override string ToString() => $"{Host}\t{MadeAt?.ToString("O", CultureInfo.InvariantCulture)}\n";
}

using System.Globalization;
using Panicle.Debuginfo.Http;

namespace Panicle.Cli.Rendering;

/// <summary>
/// How far a download has come, on standard error: on a terminal one line that is written over, elsewhere a line when it ends.
/// </summary>
internal static class DownloadLine
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(0.25);
    private static readonly Lock Lock = new();
    private static DateTime _next;
    private static bool _isOpen;
    private static long _last;

    /// <summary>Shows it, if it is time to.</summary>
    public static void Show(DownloadProgress progress)
    {
        lock (Lock)
        {
            if (progress.IsEnd)
            {
                End(progress);
                return;
            }
            _last = progress.Bytes;
            if (Console.IsErrorRedirected || DateTime.UtcNow < _next)
                return;
            _next = DateTime.UtcNow + Step;
            var part = progress.Total is > 0 and var total ? string.Create(
                CultureInfo.InvariantCulture, $" of {Sizes.Rounded((ulong)total)}, {100.0 * progress.Bytes / total:f0} %") : "";
            Console.Error.Write($"\r{$"fetching {progress.What}: {Sizes.Rounded((ulong)progress.Bytes)}{part}",-110}");
            _isOpen = true;
        }
    }

    private static void End(DownloadProgress progress)
    {
        if (_isOpen)
            Console.Error.WriteLine();
        else if (_last > 0)
            Console.Error.WriteLine($"fetched {progress.What}: {Sizes.Rounded((ulong)_last)}");
        (_isOpen, _last) = (false, 0);
    }
}

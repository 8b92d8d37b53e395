using System.Diagnostics;
using System.Globalization;
using Panicle.Dumps.Writing;

namespace Panicle.Cli.Rendering;

/// <summary>
/// How far saving a dump has come: on a terminal one line that is written over, twice a second; elsewhere a line
/// every ten seconds.
/// </summary>
internal sealed class SaveProgress(TextWriter output, bool isTerminal)
{
    private static readonly TimeSpan OnTerminal = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan Elsewhere = TimeSpan.FromSeconds(10);

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _started = TimeSpan.MinValue;
    private TimeSpan _next;
    private bool _isOpen;

    /// <summary>Says a sentence on a line of its own.</summary>
    public void Say(string sentence)
    {
        End();
        Try(() => output.WriteLine($"save: {sentence}"));
    }

    /// <summary>Shows the progress, if it is time to.</summary>
    public void Show(WriteProgress progress)
    {
        var now = _clock.Elapsed;
        if (_started == TimeSpan.MinValue)
        {
            _started = now;
            _next = now + (isTerminal ? OnTerminal : Elsewhere);
        }
        if (now < _next)
            return;
        _next = now + (isTerminal ? OnTerminal : Elsewhere);
        var text = Line(progress, (now - _started).TotalSeconds);
        Try(() =>
        {
            if (isTerminal)
                output.Write($"\r{text,-78}");
            else
                output.WriteLine(text);
            output.Flush();
        });
        _isOpen = isTerminal;
    }

    /// <summary>Ends the line that is written over.</summary>
    public void End()
    {
        if (_isOpen)
            Try(() => output.WriteLine());
        _isOpen = false;
    }

    // Standard error may be closed, or its disk full: that ends no save.
    private static void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
        }
    }

    private static string Line(WriteProgress progress, double seconds)
    {
        var rate = progress.Pages / Math.Max(seconds, 0.001);
        var left = TimeSpan.FromSeconds(Math.Min((progress.Total - progress.Pages) / Math.Max(rate, 1), 999_999));
        return string.Create(CultureInfo.InvariantCulture,
            $"save: {100.0 * progress.Pages / Math.Max(progress.Total, 1):f0} %, {Sizes.Rounded((ulong)progress.Bytes)} written, "
                + $"{rate / 256:f0} MB/s, {left:h\\:mm\\:ss} left");
    }
}

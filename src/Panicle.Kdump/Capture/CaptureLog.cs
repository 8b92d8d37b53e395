using System.Diagnostics;
using System.Text;
using Panicle.Formats.Text;

namespace Panicle.Kdump.Capture;

/// <summary>What the capture says: on the console, and kept to be saved beside the dump. Thread-safe.</summary>
internal sealed class CaptureLog
{
    private readonly Lock _lock = new();
    private readonly StringBuilder _text = new();
    private readonly long _start = Stopwatch.GetTimestamp();

    /// <summary>Everything said so far.</summary>
    public string Text
    {
        get
        {
            lock (_lock)
                return _text.ToString();
        }
    }

    /// <summary>
    /// Says a line, with the seconds since the start before it. It may hold what the crashed kernel or a server said.
    /// </summary>
    public void Say(string message)
    {
        var line = Line(message);
        lock (_lock)
            _text.Append(line);
        Show(line);
    }

    /// <summary>Says a line that isn't kept: progress.</summary>
    public void Pass(string message) => Show(Line(message));

    private string Line(string message) =>
        $"panicle: [{Stopwatch.GetElapsedTime(_start).TotalSeconds,7:F2}] {VisibleText.Line(message)}\n";

    // A console that takes nothing must not stop a capture.
    private static void Show(string line)
    {
        try
        {
            Console.Out.Write(line);
            Console.Out.Flush();
        }
        catch (IOException)
        {
        }
    }
}

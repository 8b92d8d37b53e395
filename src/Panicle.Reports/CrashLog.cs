using Panicle.Kernel.Arch;
using Panicle.Kernel.Printk;
using Panicle.Logs.Events;
using Panicle.Logs.Naming;
using Panicle.Logs.Reading;
using Panicle.Logs.Signatures;

namespace Panicle.Reports;

/// <summary>A kernel's log: its lines, and the events that they tell of. It comes from a text, or from a dump's ring.</summary>
public sealed class CrashLog
{
    // Of a longer text the end is kept: it is what a crash is explained with.
    private const int MostLines = 200_000;
    private const long MostCharacters = 64 << 20;

    private readonly Lazy<OopsLog> _log;
    private readonly Lazy<OopsEvent?> _main;

    private CrashLog(IReadOnlyList<LogLine> lines, Lazy<OopsLog> log, bool isText)
    {
        Lines = lines;
        IsText = isText;
        _log = log;
        _main = new(() => CrashSignature.Crash(Events));
    }

    /// <summary>The lines, oldest first; of a very long text the last 200 000.</summary>
    public IReadOnlyList<LogLine> Lines { get; }

    /// <summary>How many lines there were.</summary>
    public long LineCount => _log.Value.Lines;

    /// <summary>The events, the first first.</summary>
    public IReadOnlyList<OopsEvent> Events => _log.Value.Events;

    /// <summary>Whether it was read from a text, whose lines have numbers that a reader can go to.</summary>
    public bool IsText { get; }

    /// <summary>What of a text is not here, as sentences: where it ends too early, events that are only counted.</summary>
    public IReadOnlyList<string> Missing { get; private init; } = [];

    /// <summary>
    /// The event that matters: the first that is a crash, since what follows is often its consequence; a warning only where there
    /// is nothing worse. Null if the log tells of nothing.
    /// </summary>
    public OopsEvent? Main => _main.Value;

    /// <summary>A log without a line.</summary>
    public static CrashLog Empty { get; } = new([], new(() => new OopsLog(OopsReader.Schema, 0, [])), isText: false);

    /// <summary>Reads a text to its end.</summary>
    /// <param name="stream">The text.</param>
    /// <param name="symbols">Names and source lines for its addresses, or null.</param>
    /// <param name="cancellation">Stops the reading.</param>
    public static CrashLog Read(Stream stream, OopsSymbols? symbols = null, CancellationToken cancellation = default)
    {
        var lines = new List<LogLine>();
        string? broken = null;
        var log = OopsReader.Read(
            Keep(OopsReader.Lines(stream, why => broken = why, cancellation), lines), symbols, Architectures.ProcessorOf);
        if (lines.Count > MostLines)
            lines.RemoveRange(0, lines.Count - MostLines);
        return new CrashLog(lines, new(log), isText: true)
        {
            Missing = broken is null ? log.Notes : [.. log.Notes, broken],
        };
    }

    /// <summary>Takes the records of a dump's ring buffer as lines, with times in whole microseconds.</summary>
    public static CrashLog Of(KernelLog log)
    {
        var lines = new List<LogLine>();
        foreach (var record in log.Records)
        {
            // As the report shows times: microseconds, cut off.
            var seconds = record.Nanoseconds / 1000 / 1e6;
            foreach (var line in record.Text.Split('\n'))
                lines.Add(new LogLine(lines.Count + 1, line, seconds, record.CallerName));
        }
        return new CrashLog(lines, new(() => OopsReader.Read(lines, processors: Architectures.ProcessorOf)), isText: false);
    }

    private static IEnumerable<LogLine> Keep(IEnumerable<LogLine> lines, List<LogLine> kept)
    {
        long characters = 0;
        foreach (var line in lines)
        {
            // Twice as many, so that the list is moved up once in so many lines.
            if (kept.Count == 2 * MostLines || characters > MostCharacters)
            {
                kept.RemoveRange(0, kept.Count / 2);
                characters = kept.Sum(one => (long)one.Text.Length);
            }
            kept.Add(line);
            characters += line.Text.Length;
            yield return line;
        }
    }
}

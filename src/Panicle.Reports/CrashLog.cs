using Panicle.Kernel;
using Panicle.Kernel.Arch;
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

    private CrashLog(IReadOnlyList<LogLine> lines, Lazy<OopsLog> log, bool isText, bool isOfDeath = false)
    {
        Lines = lines;
        IsText = isText;
        _log = log;
        _main = new(() => isOfDeath ? CrashSignature.Death(Events) : CrashSignature.Crash(Events));
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
    /// The event that matters. In a dump of a machine that panicked it is what it panicked of. In another log, the first that
    /// is a crash, since what follows is often its consequence; a warning only where there is nothing worse. Null if the log
    /// tells of nothing.
    /// </summary>
    public OopsEvent? Main => _main.Value;

    /// <summary>The line that says what the kernel died of, or what troubled it most; null if none does.</summary>
    public string? Message => Main?.Words ?? Lines.Select(line => line.Text)
        .LastOrDefault(text => text.StartsWith("sysrq: Trigger a crash", StringComparison.Ordinal));

    /// <summary>The lines of <see cref="Main"/>.</summary>
    internal IEnumerable<LogLine> MainLines =>
        Main is { } main ? Lines.Where(line => line.Number >= main.FirstLine && line.Number <= main.LastLine) : [];

    /// <summary>The error code of <see cref="Main"/>, if it is a page fault: of none that came before it or within it.</summary>
    internal ulong? PageFaultCode(Processor processor) =>
        MainLines.Select(line => processor.PageFaultCodeIn(line.Text)).FirstOrDefault(code => code is not null);

    /// <summary>A log without a line.</summary>
    public static CrashLog Empty { get; } = new([], new(() => new OopsLog(OopsReader.Schema, 0, [])), isText: false);

    /// <summary>Reads a text to its end.</summary>
    /// <param name="stream">The text.</param>
    /// <param name="symbols">Names and source lines for its addresses, or null.</param>
    /// <param name="cancellation">Stops the reading.</param>
    public static CrashLog Read(Stream stream, OopsSymbols? symbols = null, CancellationToken cancellation = default)
    {
        var lines = new List<LogLine>();
        var notes = new List<string>();
        var log = OopsReader.Read(
            Keep(OopsReader.Lines(stream, notes.Add, cancellation), lines), symbols, Architectures.ProcessorOf);
        if (lines.Count > MostLines)
            lines.RemoveRange(0, lines.Count - MostLines);
        return new CrashLog(lines, new(log), isText: true)
        {
            Missing = [.. log.Notes, .. notes],
        };
    }

    /// <summary>Takes the records of a dump's ring buffer as lines, with times in whole microseconds.</summary>
    /// <param name="kernel">The dump.</param>
    public static CrashLog Of(KernelDump kernel)
    {
        var lines = new List<LogLine>();
        foreach (var record in kernel.Log.Records)
        {
            // As the report shows times: microseconds, cut off.
            var seconds = record.Nanoseconds / 1000 / 1e6;
            foreach (var line in record.Text.Split('\n'))
                lines.Add(new LogLine(lines.Count + 1, line, seconds, record.CallerName));
        }
        var isOfDeath = Losses.Ignored.Try(() => kernel.Crash)?.HasPanicked != false;
        return new CrashLog(
            lines, new(() => OopsReader.Read(lines, processors: Architectures.ProcessorOf)), isText: false, isOfDeath);
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

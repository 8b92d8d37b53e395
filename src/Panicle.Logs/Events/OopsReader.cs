using System.Text.RegularExpressions;
using Panicle.Formats.Instructions;
using Panicle.Logs.Naming;
using Panicle.Logs.Reading;

namespace Panicle.Logs.Events;

/// <summary>Everything that a log tells of crashes.</summary>
/// <param name="Schema">Name and version of this document.</param>
/// <param name="Lines">How many lines the text has.</param>
/// <param name="Events">The events, the first first.</param>
public sealed record OopsLog(string Schema, long Lines, IReadOnlyList<OopsEvent> Events)
{
    /// <summary>What could not be read, and why.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>Finds the kernel's events in a text.</summary>
public static partial class OopsReader
{
    /// <summary>The document's name and version.</summary>
    public const string Schema = "panicle.oops/3";

    /// <summary>Reads a text to its end, in memory that doesn't depend on its length.</summary>
    /// <param name="stream">The text.</param>
    /// <param name="symbols">Names for its addresses, or null.</param>
    /// <param name="processors">
    /// The processor of an architecture by the name that events have for it: with it <c>Code:</c> lines and error codes are read.
    /// Null leaves them unread.
    /// </param>
    /// <param name="cancellation">Stops the reading.</param>
    public static OopsLog Read(
        Stream stream, OopsSymbols? symbols = null, Func<string, IProcessor?>? processors = null,
        CancellationToken cancellation = default)
    {
        var collection = new Collection(symbols, processors);
        var reader = new MessageReader(stream);
        while (reader.TryRead(out var line))
        {
            cancellation.ThrowIfCancellationRequested();
            collection.Add(line);
            reader.SkipsQuiet = collection.IsIdle;
        }
        return collection.Finish(reader.Lines, reader.Notes);
    }

    /// <summary>Reads lines that are wanted themselves, too.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="symbols">Names for addresses in them, or null.</param>
    /// <param name="processors">The processor of an architecture by the name that events have for it, or null.</param>
    public static OopsLog Read(
        IEnumerable<LogLine> lines, OopsSymbols? symbols = null, Func<string, IProcessor?>? processors = null)
    {
        var collection = new Collection(symbols, processors);
        long count = 0;
        foreach (var line in lines)
        {
            collection.Add(line);
            count = line.Number;
        }
        return collection.Finish(count);
    }

    /// <summary>Every line of a text, without what its carriers put before the kernel's message.</summary>
    /// <param name="stream">The text.</param>
    /// <param name="note">Is told, as a sentence, what has to be known of how the text was read: where it ends too early.</param>
    /// <param name="cancellation">Stops the reading.</param>
    public static IEnumerable<LogLine> Lines(Stream stream, Action<string> note, CancellationToken cancellation = default)
    {
        var reader = new MessageReader(stream) { SkipsQuiet = false };
        while (reader.TryRead(out var line))
        {
            cancellation.ThrowIfCancellationRequested();
            yield return line;
        }
        foreach (var sentence in reader.Notes)
            note(sentence);
    }

    // The events of the lines so far.
    private sealed class Collection
    {
        private readonly OopsSymbols? _symbols;
        private readonly EventList _events = new();
        private readonly EventCollector _collector;
        private string? _release;

        public Collection(OopsSymbols? symbols, Func<string, IProcessor?>? processors)
        {
            _symbols = symbols;
            _collector = new EventCollector(open =>
            {
                _events.Add(WithLines(OopsParser.Parse(open, _release, symbols, processors)), open.Lines.Count);
            });
        }

        public bool IsIdle => _collector.IsIdle;

        public void Add(LogLine line)
        {
            _symbols?.Observe(line.Text);
            if (Boot().Match(line.Text) is { Success: true } boot)
                _release = boot.Groups["r"].Value;
            _collector.Add(line);
        }

        private OopsEvent WithLines(OopsEvent found) => _symbols?.AddLines(found) ?? found;

        public OopsLog Finish(long lines, params IEnumerable<string> more)
        {
            _collector.Finish();
            List<string> notes = [.. _symbols?.Notes ?? [], .. more];
            if (_events.LeftOut is { } leftOut)
                notes.Add(leftOut);
            return new OopsLog(Schema, lines, [.. _events.Kept.OrderBy(found => found.FirstLine)]) { Notes = notes };
        }
    }

    [GeneratedRegex(@"^Linux version (?<r>\S+)", RegexOptions.CultureInvariant)]
    private static partial Regex Boot();
}

using System.Text.RegularExpressions;
using Panicle.Kernel.Printk;

namespace Panicle.Reports.Oops;

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
    public const string Schema = "panicle.oops/1";

    // A log that repeats itself for gigabytes is told by its beginning.
    private const int MostEvents = 10_000;

    /// <summary>Reads a text to its end, in memory that doesn't depend on its length.</summary>
    /// <param name="stream">The text.</param>
    /// <param name="symbols">Names for its addresses, or null.</param>
    /// <param name="cancellation">Stops the reading.</param>
    public static OopsLog Read(Stream stream, OopsSymbols? symbols = null, CancellationToken cancellation = default)
    {
        var events = new List<OopsEvent>();
        string? release = null;
        var collector = new EventCollector(open =>
        {
            if (events.Count < MostEvents)
                events.Add(OopsParser.Parse(open, release, symbols));
        });
        var reader = new LineReader(stream);
        while (reader.TryRead(out var raw, out var number))
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var line in LinePrefix.Split(raw, number))
            {
                symbols?.Observe(line.Text);
                if (Boot().Match(line.Text) is { Success: true } boot)
                    release = boot.Groups["r"].Value;
                collector.Add(line);
            }
            reader.SkipsQuiet = collector.IsIdle;
        }
        collector.Finish();
        return new OopsLog(Schema, reader.Lines, [.. events.OrderBy(found => found.FirstLine)]) { Notes = [.. symbols?.Notes ?? []] };
    }

    /// <summary>Reads the log in a dump.</summary>
    /// <param name="records">The records of the log.</param>
    /// <param name="cancellation">Stops the reading.</param>
    public static OopsLog Read(IEnumerable<LogRecord> records, CancellationToken cancellation = default)
    {
        using var text = new MemoryStream();
        using (var writer = new StreamWriter(text, leaveOpen: true))
            LogText.Write(records, writer);
        text.Position = 0;
        return Read(text, null, cancellation);
    }

    [GeneratedRegex(@"^Linux version (?<r>\S+)", RegexOptions.CultureInvariant)]
    private static partial Regex Boot();
}

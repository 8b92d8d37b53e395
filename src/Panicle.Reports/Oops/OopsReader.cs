using System.Text.RegularExpressions;

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
    /// <param name="cancellation">Stops the reading.</param>
    public static OopsLog Read(Stream stream, CancellationToken cancellation = default)
    {
        var events = new List<OopsEvent>();
        string? release = null;
        var collector = new EventCollector(open =>
        {
            if (events.Count < MostEvents)
                events.Add(OopsParser.Parse(open, release));
        });
        var reader = new LineReader(stream);
        while (reader.TryRead(out var raw, out var number))
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var line in LinePrefix.Split(raw, number))
            {
                if (Boot().Match(line.Text) is { Success: true } boot)
                    release = boot.Groups["r"].Value;
                collector.Add(line);
            }
            reader.SkipsQuiet = collector.IsIdle;
        }
        collector.Finish();
        return new OopsLog(Schema, reader.Lines, [.. events.OrderBy(found => found.FirstLine)]);
    }

    [GeneratedRegex(@"^Linux version (?<r>\S+)", RegexOptions.CultureInvariant)]
    private static partial Regex Boot();
}

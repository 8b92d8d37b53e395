using Panicle.Kernel;
using Panicle.Kernel.Printk;

namespace Panicle.Reports.Sections;

/// <summary>The end of the kernel log.</summary>
/// <param name="Records">How many records the whole ring has, or lines the text.</param>
/// <param name="Lines">The last of them, oldest first.</param>
public sealed record LogSection(int Records, IReadOnlyList<LogSectionLine> Lines)
{
    private const int MostLines = 60;

    // Up to the crash's last line and a little further; without a crash, the end.
    internal static LogSection Of(CrashLog log)
    {
        const int After = 5;
        var lines = log.Main is { } main ? log.Lines.Where(line => line.Number <= main.LastLine + After) : log.Lines;
        return new LogSection((int)Math.Min(Math.Max(log.LineCount, log.Lines.Count), int.MaxValue),
            [.. lines.TakeLast(MostLines).Select(line => new LogSectionLine(line.Seconds, null, line.Text))]);
    }

    internal static LogSection Read(KernelDump kernel)
    {
        var records = kernel.Log.Records;
        return new LogSection(records.Count, [.. records.TakeLast(MostLines).Select(LogSectionLine.Of)]);
    }
}

/// <summary>One record of the log.</summary>
/// <param name="Seconds">Seconds since boot; null where a text doesn't say.</param>
/// <param name="Level">Severity, 0 (emergency) to 7 (debug); null where a text doesn't say.</param>
/// <param name="Text">The text; it may have several lines.</param>
public sealed record LogSectionLine(double? Seconds, int? Level, string Text)
{
    internal static LogSectionLine Of(LogRecord record) => new(record.Nanoseconds / 1000 / 1e6, record.Level, record.Text);
}

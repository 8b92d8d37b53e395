using Panicle.Kernel;
using Panicle.Kernel.Printk;

namespace Panicle.Reports.Sections;

/// <summary>The end of the kernel log.</summary>
/// <param name="Records">How many records the whole ring has.</param>
/// <param name="Lines">The last of them, oldest first.</param>
public sealed record LogSection(int Records, IReadOnlyList<LogLine> Lines)
{
    private const int MostLines = 60;

    internal static LogSection Read(KernelDump kernel)
    {
        var records = kernel.Log.Records;
        return new LogSection(records.Count, [.. records.TakeLast(MostLines).Select(LogLine.Of)]);
    }
}

/// <summary>One record of the log.</summary>
/// <param name="Seconds">Seconds since boot.</param>
/// <param name="Level">Severity, 0 (emergency) to 7 (debug).</param>
/// <param name="Text">The text; it may have several lines.</param>
public sealed record LogLine(double Seconds, int Level, string Text)
{
    internal static LogLine Of(LogRecord record) => new(record.Nanoseconds / 1000 / 1e6, record.Level, record.Text);
}

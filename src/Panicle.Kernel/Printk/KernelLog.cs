namespace Panicle.Kernel.Printk;

/// <summary>The kernel's log ring, oldest record first.</summary>
/// <param name="Records">The records.</param>
/// <param name="Losses">What of the ring could not be read.</param>
public sealed record KernelLog(IReadOnlyList<LogRecord> Records, Losses Losses)
{
    /// <summary>The last record's line that begins a panic ("Kernel panic - not syncing: …"), or null.</summary>
    public LogRecord? Panic =>
        Records.LastOrDefault(record => record.Text.StartsWith("Kernel panic - not syncing", StringComparison.Ordinal));

    internal static KernelLog Read(KernelDump kernel)
    {
        if (kernel.Info.Symbol("prb") is not null || kernel.TrySymbolAddress("prb", out _))
            return PrintkRingBuffer.Read(kernel);
        return PrintkRecordLog.Read(kernel);
    }
}

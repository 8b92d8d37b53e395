namespace Panicle.Kernel.Printk;

/// <summary>One record of the kernel log.</summary>
public sealed record LogRecord
{
    /// <summary>What stands for the text of a record whose pages aren't in the dump.</summary>
    internal const string MissingText = "(this line is missing from the dump)";

    /// <summary>
    /// The record's number since boot; of kernels before 5.10, which keep none, since the oldest that is there.
    /// </summary>
    public required ulong Sequence { get; init; }

    /// <summary>When it was logged, in nanoseconds since boot (the printk clock).</summary>
    public required ulong Nanoseconds { get; init; }

    /// <summary>Severity, 0 (emergency) to 7 (debug).</summary>
    public required int Level { get; init; }

    /// <summary>Syslog facility; 0 for the kernel's own messages.</summary>
    public required int Facility { get; init; }

    /// <summary>Who logged it, where the kernel keeps that: a task's PID, or with bit 31 set a CPU number; else null.</summary>
    public uint? Caller { get; init; }

    /// <summary>
    /// The text, without a final line feed. It may have several lines; <see cref="MissingText"/> where the dump lacks it.
    /// </summary>
    public required string Text { get; init; }

    /// <summary>The caller as the kernel prints it: "T123" or "C1"; null if it isn't kept.</summary>
    public string? CallerName => Caller switch
    {
        null => null,
        { } caller when (caller & 0x8000_0000) != 0 => $"C{caller & 0x7fff_ffff}",
        { } caller => $"T{caller}",
    };
}

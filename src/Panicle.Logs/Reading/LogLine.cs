namespace Panicle.Logs.Reading;

/// <summary>A line that the kernel printed, without what the log's carrier put before it.</summary>
/// <param name="Number">The line's number in the text, from 1.</param>
/// <param name="Text">The message.</param>
/// <param name="Seconds">The kernel's time stamp, in seconds since boot, or null.</param>
/// <param name="Caller">
/// Who printed it (<c>T12</c>, a task, or <c>C0</c>, a CPU in an interrupt), or null where the log doesn't say.
/// </param>
public readonly record struct LogLine(long Number, string Text, double? Seconds, string? Caller);

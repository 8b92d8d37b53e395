using System.Globalization;

namespace Panicle.Kernel.Printk;

/// <summary>The log as the kernel writes it to a console: <c>[   10.968608][  T143] text</c> (kernel/printk/printk.c, info_print_prefix).</summary>
public static class LogText
{
    /// <summary>Writes records, each line of one with the record's time in seconds since boot and, where the kernel keeps it, its caller.</summary>
    public static void Write(IEnumerable<LogRecord> records, TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(records);
        ArgumentNullException.ThrowIfNull(writer);
        foreach (var record in records)
        {
            var microseconds = record.Nanoseconds / 1000;
            var caller = record.CallerName is { } name ? $"[{name,6}]" : "";
            var prefix = string.Create(CultureInfo.InvariantCulture, $"[{microseconds / 1_000_000,5}.{microseconds % 1_000_000:d6}]{caller} ");
            foreach (var line in record.Text.AsSpan().EnumerateLines())
            {
                writer.Write(prefix);
                writer.Write(line);
                writer.Write('\n');
            }
        }
    }
}

using System.Globalization;
using Panicle.Kernel.Printk;

namespace Panicle.Kdump.Save;

/// <summary>A kernel's log as dmesg prints it: seconds since boot and the text, the time on each line.</summary>
internal static class LogText
{
    public static void Write(KernelLog log, TextWriter output)
    {
        foreach (var record in log.Records)
        {
            var time = string.Create(CultureInfo.InvariantCulture,
                $"[{record.Nanoseconds / 1_000_000_000,5}.{record.Nanoseconds / 1000 % 1_000_000:d6}] ");
            foreach (var line in record.Text.AsSpan().EnumerateLines())
            {
                output.Write(time);
                output.WriteLine(line);
            }
        }
    }
}

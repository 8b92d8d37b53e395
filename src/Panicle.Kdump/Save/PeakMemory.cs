using System.Globalization;

namespace Panicle.Kdump.Save;

/// <summary>The most memory that this process has had in use (Documentation/filesystems/proc.rst, VmHWM).</summary>
internal static class PeakMemory
{
    /// <summary>Its bytes; 0 where the system doesn't say.</summary>
    public static long Read()
    {
        const string Name = "VmHWM:";
        var line = SystemRoot.Live.ReadLines("/proc/self/status")
            .FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal));
        var number = line?[Name.Length..].Trim().Split(' ')[0];
        return long.TryParse(number, CultureInfo.InvariantCulture, out var kilobytes) ? kilobytes << 10 : 0;
    }
}

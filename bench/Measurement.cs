using System.Diagnostics;
using System.Globalization;

namespace Panicle.Bench;

/// <summary>One run of a program: its wall time, and the most memory that it or a program it started had in use.</summary>
internal readonly record struct Measurement(double Seconds, long KiB)
{
    /// <summary>Runs a program to its end, as a process of its own, its output thrown away.</summary>
    /// <remarks>
    /// The memory is what GNU time says (ru_maxrss): .NET's own way of starting programs would count its own memory as the
    /// program's, which is larger than Panicle's. The wall time includes starting GNU time, about a millisecond.
    /// </remarks>
    public static Measurement Of(params IReadOnlyList<string> command)
    {
        var report = Path.GetTempFileName();
        try
        {
            var clock = Stopwatch.StartNew();
            using var process = Process.Start(new ProcessStartInfo("/bin/sh",
                [
                    "-c",
                    "report=\"$0\"; exec time -f '%M %x %U %S' -o \"$report\" \"$@\" >/dev/null 2>&1 </dev/null",
                    report,
                    .. command,
                ]))!;
            process.WaitForExit();
            var seconds = clock.Elapsed.TotalSeconds;
            var words = File.ReadAllLines(report)[^1].Split(' ');
            return new Measurement(seconds, long.Parse(words[0], CultureInfo.InvariantCulture))
            {
                Failed = words[1] != "0",
                CpuSeconds = double.Parse(words[2], CultureInfo.InvariantCulture)
                    + double.Parse(words[3], CultureInfo.InvariantCulture),
            };
        }
        finally
        {
            File.Delete(report);
        }
    }

    /// <summary>Processor time, the kernel's for it included, in hundredths of a second.</summary>
    public double CpuSeconds { get; init; }

    /// <summary>Whether the program ended with another code than 0.</summary>
    public bool Failed { get; init; }
}

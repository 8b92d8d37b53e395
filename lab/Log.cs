using System.Diagnostics;

namespace Panicle.Lab;

/// <summary>What the lab says of its progress: to standard error, since standard output carries paths.</summary>
internal static class Log
{
    private static readonly Stopwatch Watch = Stopwatch.StartNew();

    public static void Line(string text) => Console.Error.WriteLine($"lab: {Watch.Elapsed.TotalSeconds,6:F1} s  {text}");
}

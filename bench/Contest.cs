namespace Panicle.Bench;

/// <summary>
/// One who does the work: a name, and the command that does it. A limit is what Panicle may take at most beside it.
/// </summary>
/// <param name="Name">Its name.</param>
/// <param name="Command">The program and its arguments.</param>
internal sealed record Contender(string Name, IReadOnlyList<string> Command)
{
    /// <summary>Panicle may take this part of its time at most.</summary>
    public double? TimeLimit { get; init; }

    /// <summary>Panicle may take this part of its memory at most.</summary>
    public double? MemoryLimit { get; init; }
}

/// <summary>The same work done by several, in turn, several times. The first contender is Panicle.</summary>
internal static class Contest
{
    /// <summary>Runs it and prints the table. Returns whether Panicle kept every limit.</summary>
    public static bool Run(string title, int rounds, params IReadOnlyList<Contender> contenders)
    {
        Console.WriteLine();
        Console.WriteLine(title);
        Console.WriteLine($"  {"",-10} {"median",9} {"min",9} {"max",9} {"processor",9} {"memory",9}   times Panicle's");
        var runs = contenders.Select(_ => new List<Measurement>()).ToList();
        foreach (var contender in contenders)
            Measurement.Of(contender.Command); // So that files are in memory for all.
        for (var round = 0; round < rounds; round++)
            for (var i = 0; i < contenders.Count; i++)
                runs[i].Add(Measurement.Of(contenders[i].Command));
        var kept = true;
        var ours = Medians(runs[0]);
        for (var i = 0; i < contenders.Count; i++)
            kept &= Print(contenders[i], runs[i], ours);
        return kept;
    }

    private static bool Print(Contender contender, List<Measurement> runs, (double Seconds, double KiB) ours)
    {
        var (seconds, kib) = Medians(runs);
        var (fastest, slowest) = (runs.Min(run => run.Seconds), runs.Max(run => run.Seconds));
        Console.Write($"  {contender.Name,-10} {Milliseconds(seconds)} {Milliseconds(fastest)} {Milliseconds(slowest)} "
            + $"{Milliseconds(runs.Min(run => run.CpuSeconds))} {kib / 1024,6:f1} MB");
        var verdict = (
            Time: Verdict(ours.Seconds / seconds, contender.TimeLimit), Memory: Verdict(ours.KiB / kib, contender.MemoryLimit));
        Console.WriteLine(
            $"   {seconds / ours.Seconds,5:f1} time{verdict.Time.Text}, {kib / ours.KiB,5:f1} memory{verdict.Memory.Text}"
            + (runs.Exists(run => run.Failed) ? "  (it failed)" : ""));
        return verdict.Time.Kept && verdict.Memory.Kept;
    }

    private static (string Text, bool Kept) Verdict(double part, double? limit) =>
        limit is not { } most ? ("", true) : ($" (at least {1 / most:0.#}: {(part <= most ? "yes" : "NO")})", part <= most);

    private static string Milliseconds(double seconds) => $"{seconds * 1000,6:f0} ms";

    private static (double Seconds, double KiB) Medians(List<Measurement> runs) =>
        (Median(runs.Select(run => run.Seconds)), Median(runs.Select(run => (double)run.KiB)));

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}

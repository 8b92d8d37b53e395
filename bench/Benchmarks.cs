using Panicle.Lab;

namespace Panicle.Bench;

/// <summary>What is measured: on the lab's guest of 3 GB with 300 tasks, and on the dump of a machine with 4 TB.</summary>
internal static class Benchmarks
{
    private const int LargeGigabytes = 4096;
    private const int OnePageOf = 200;
    private const int FlattenedRecord = 1 << 20;
    private const long LogBytes = 1 << 30;
    private const double LeastLogRate = 200;
    private const double LongestLarge = 0.3;
    private const double MostMemoryLarge = 300 * 1024;

    private static readonly string Folder = Cache.PathOf("bench");

    /// <summary>Runs all of it. Returns whether every limit was kept.</summary>
    public static bool Run(int rounds, IReadOnlyList<Cell> cells)
    {
        Directory.CreateDirectory(Folder);
        foreach (var script in Directory.GetFiles(AppContext.BaseDirectory, "*.py"))
            File.Copy(script, Path.Combine(Folder, Path.GetFileName(script)), overwrite: true);
        var kept = true;
        foreach (var cell in cells)
        {
            kept &= PanicBacktrace(cell, rounds);
            kept &= AllStacks(cell, rounds);
        }
        return kept & Log(rounds, cells[0]) & Large(rounds, cells.First(cell => cell.Format.Name == "kdump-zstd").Dump);
    }

    private static bool PanicBacktrace(Cell cell, int rounds) =>
        Contest.Run($"{cell.Name}: open, backtrace of the panic task, end of the log", rounds,
        new("Panicle", [Panicle, cell.Dump, "-c", "bt", "-c", "log | tail -n 20"]),
        new("drgn", Drgn(cell, "drgn-panic.py")) { TimeLimit = 1.0 / 5, MemoryLimit = 1.0 / 4 },
        new("crash", Crash(cell, "bt", "log | tail -n 20")) { TimeLimit = 1.0 / 40 });

    private static bool AllStacks(Cell cell, int rounds) => Contest.Run($"{cell.Name}: backtraces of all tasks", rounds,
        new("Panicle", [Panicle, cell.Dump, "-c", "foreach bt"]),
        new("drgn", Drgn(cell, "drgn-stacks.py")) { TimeLimit = 1.0 / 5 },
        new("crash", Crash(cell, "foreach bt")));

    // What a machine that never crashed has logged: the guest's boot, over and over.
    private static bool Log(int rounds, Cell cell)
    {
        var log = Path.Combine(Folder, "clean.log");
        if (!File.Exists(log))
        {
            var boot = File.ReadLines(cell.ConsoleLog).TakeWhile(line =>
                !line.Contains("crashme", StringComparison.Ordinal)).ToList();
            using var writer = File.CreateText(log);
            while (writer.BaseStream.Length < LogBytes)
                boot.ForEach(writer.WriteLine);
        }
        var length = new FileInfo(log).Length;
        Console.WriteLine($"\nA clean log of {length >> 20} MB: every event in it (there is none)");
        Measurement.Of(Panicle, "oops", log);
        var runs = Enumerable.Range(0, rounds).Select(_ => Measurement.Of(Panicle, "oops", log)).OrderBy(run =>
            run.Seconds).ToList();
        var (rate, memory) = (length / 1e6 / runs[rounds / 2].Seconds, runs.Max(run => run.KiB));
        Console.WriteLine(
            $"  median {rate:f0} MB/s (at least {LeastLogRate}: {(rate >= LeastLogRate ? "yes" : "NO")}); "
                + $"{memory / 1024} MB{(runs.Exists(run => run.Failed) ? "  (it failed)" : "")}");
        return rate >= LeastLogRate && !runs.Exists(run => run.Failed);
    }

    private static bool Large(int rounds, string small)
    {
        var large = Path.Combine(Folder, "large.vmcore");
        var flat = Path.Combine(Folder, "large-flat.vmcore");
        if (!File.Exists(large) || File.GetLastWriteTimeUtc(large) < File.GetLastWriteTimeUtc(small))
        {
            TestTool("large", small, large, $"{LargeGigabytes}", $"{OnePageOf}");
            TestTool("flatten", large, flat, $"{FlattenedRecord}");
        }
        var kept = true;
        foreach (var dump in new[] { large, flat })
        {
            Console.WriteLine(
                $"\n{LargeGigabytes / 1024} TB machine, {Path.GetFileName(dump)}, {new FileInfo(dump).Length >> 20} MB: "
                    + "open, backtrace");
            Measurement.Of(Panicle, dump, "-c", "bt");
            var runs = Enumerable.Range(0, rounds).Select(_ => Measurement.Of(Panicle, dump, "-c", "bt"))
                .OrderBy(run => run.Seconds).ToList();
            var (median, memory) = (runs[rounds / 2].Seconds, runs.Max(run => run.KiB));
            Console.WriteLine(
                $"  median {median * 1000:f0} ms, min {runs[0].Seconds * 1000:f0} ms, max {runs[^1].Seconds * 1000:f0} ms; "
                + $"{memory / 1024} MB{(runs.Exists(run => run.Failed) ? "  (it failed)" : "")}");
            // A flattened dump's records have to be indexed first, which depends on where the file lies.
            kept &= memory <= MostMemoryLarge && (dump == flat || median <= LongestLarge) && !runs.Exists(run => run.Failed);
        }
        return kept;
    }

    private static string Panicle { get; } = Environment.GetEnvironmentVariable("PANICLE")
        ?? throw new LabException("set PANICLE to the binary that is to be measured ('bench/bench' does)");

    private static string[] Drgn(Cell cell, string script) =>
        Peers.CommandFor("drgn", "-q", "-c", cell.Dump, "-s", cell.Kernel.Vmlinux(), Path.Combine(Folder, script));

    // crash takes its commands from a file; "-s" keeps it from printing its banner.
    private static string[] Crash(Cell cell, params string[] commands)
    {
        var file = Path.Combine(Folder, $"{string.Join('-', commands).Replace(' ', '-').Replace('|', '-')}.crash");
        File.WriteAllLines(file, [.. commands, "quit"]);
        return Peers.CommandFor("crash", "-s", "-i", file, cell.Kernel.Vmlinux(), cell.Dump);
    }

    private static void TestTool(params string[] arguments)
    {
        var tool = Path.Combine(AppContext.BaseDirectory, "../../Panicle.TestTools/release/Panicle.TestTools");
        using var process = System.Diagnostics.Process.Start(tool, arguments);
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new LabException($"{string.Join(' ', arguments)} failed");
    }
}

using System.Globalization;
using Panicle.Lab;

namespace Panicle.Bench;

/// <summary>A compression as both name it.</summary>
/// <param name="Name">Panicle's name.</param>
/// <param name="Makedumpfile">makedumpfile's option; null where Debian's has it not.</param>
internal sealed record SaveCompression(string Name, string? Makedumpfile)
{
    public static readonly SaveCompression[] All = [new("zstd", "-z"), new("zlib", "-c"), new("lzo", "-l"), new("snappy", null)];
}

/// <summary>
/// Saving the lab's guest of 3 GB, beside makedumpfile, in turn, both in the same root with the same libraries, both with what
/// they write on the disk at the end. The least of each counts: whatever else the machine does can only add to it.
/// </summary>
internal static class SaveBenchmarks
{
    private const string Dump = "6.1-cloud/big/elf";

    /// <summary>Two threads have to be faster than makedumpfile's best by this.</summary>
    private const double Faster = 1.7;

    private static readonly string Folder = Cache.PathOf("bench", "save");

    /// <summary>Runs all of it. Returns whether every limit was kept.</summary>
    public static bool Run(int rounds)
    {
        var input = Matrix.Find(Dump).Make().Dump;
        Directory.CreateDirectory(Folder);
        try
        {
            var program = PathOf("panicle");
            File.Copy(Environment.GetEnvironmentVariable("PANICLE") ?? throw new LabException(
                "set PANICLE to the binary that is to be measured ('bench/bench' does)"), program, overwrite: true);
            Console.WriteLine(
                $"{Environment.ProcessorCount} CPUs, load {Load()}; {rounds} rounds. "
                    + "Seconds of processor time and of the clock, MB of the dump, MB of memory:");
            Console.WriteLine();
            Console.WriteLine("| level, compression | threads | Panicle | makedumpfile | |");
            Console.WriteLine("|---|---|---|---|---|");
            var kept = true;
            foreach (var level in (int[])[31, 1])
                foreach (var compression in SaveCompression.All)
                    kept &= Compare(input, program, level, compression, rounds);
            Console.WriteLine($"\nload {Load()}");
            return kept;
        }
        finally
        {
            Directory.Delete(Folder, recursive: true);
        }
    }

    private static bool Compare(string input, string program, int level, SaveCompression compression, int rounds)
    {
        var ours = new[] { new Runs(Panicle(input, program, level, compression.Name, 1), "ours"),
            new Runs(Panicle(input, program, level, compression.Name, 2), "ours") };
        var theirs = compression.Makedumpfile is not { } option ? []
            : new[] { new Runs(Makedumpfile(input, level, option, 1), "theirs"),
                new Runs(Makedumpfile(input, level, option, 2), "theirs") };
        for (var round = 0; round <= rounds; round++)
        {
            foreach (var runs in (Runs[])[.. ours, .. theirs])
                runs.Add(counts: round > 0); // The first one only brings the files into memory.
        }
        var kept = Print($"{level}, {compression.Name}", 1, ours[0], theirs.ElementAtOrDefault(0), theirs.Length == 0 ? [] :
        [
            ("time", ours[0].Cpu / theirs[0].Cpu, 1),
            ("size", (double)ours[0].Bytes / theirs[0].Bytes, 1),
        ]);
        return kept & Print($"{level}, {compression.Name}", 2, ours[1], theirs.ElementAtOrDefault(1), theirs.Length == 0 ? [] :
        [
            ("clock, of its best", ours[1].Wall / theirs.Min(runs => runs.Wall), 1 / Faster),
            ("size", (double)ours[1].Bytes / theirs[1].Bytes, 1),
        ]);
    }

    private static bool Print(
        string what, int threads, Runs ours, Runs? theirs, IReadOnlyList<(string Name, double Part, double Most)> limits)
    {
        var verdicts = limits.Select(limit => string.Create(CultureInfo.InvariantCulture,
            $"{limit.Name} × {limit.Part:f2}{(limit.Part <= limit.Most ? "" : $" (at most {limit.Most:f2})")}"));
        Console.WriteLine(
            $"| {what} | {threads} | {ours} | {theirs?.ToString() ?? "has none"} | {string.Join(", ", verdicts)} |");
        return limits.All(limit => limit.Part <= limit.Most);
    }

    private static string Load() => File.ReadAllText("/proc/loadavg").Split(' ')[0];

    private static string[] Panicle(string input, string program, int level, string compression, int threads) => Peers.CommandFor(
        program, "save", input, PathOf("ours"), "--level", $"{level}", "--compress", compression, "--threads", $"{threads}",
        "--dump-only", "--force");

    // With --num-threads 1 makedumpfile has a second thread that compresses.
    private static string[] Makedumpfile(string input, int level, string compression, int threads) => Peers.CommandFor(
        "/bin/sh", "-c", "rm -f \"$0\"; makedumpfile --message-level 4 \"$@\" \"$0\" && sync \"$0\"", PathOf("theirs"),
        compression, "-d", $"{level}", "--num-threads", threads == 1 ? "0" : $"{threads}", input);

    private static string PathOf(string name) => Path.Combine(Folder, name);

    /// <summary>The runs of one command.</summary>
    private sealed class Runs(string[] command, string output)
    {
        private readonly List<Measurement> _runs = [];

        public double Cpu => _runs.Min(run => run.CpuSeconds);

        public double Wall => _runs.Min(run => run.Seconds);

        public long Bytes { get; private set; }

        public void Add(bool counts)
        {
            var run = Measurement.Of(command);
            if (counts)
                _runs.Add(run);
            Bytes = run.Failed ? 0 : new FileInfo(PathOf(output)).Length;
        }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture,
            $"{Cpu:f2}, {Wall:f2}; {Bytes / 1e6:f1}; "
                + $"{_runs.Max(run => run.KiB) / 1024}{(_runs.Exists(run => run.Failed) ? " (it failed)" : "")}");
    }
}

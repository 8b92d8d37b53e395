using Panicle.Lab;

namespace Panicle.Bench;

/// <summary>
/// Saving the lab's guest of 3 GB, beside makedumpfile, both in the same root with the same libraries, both with what they write on the
/// disk at the end.
/// </summary>
internal static class SaveBenchmarks
{
    private const string Dump = "6.1-cloud/big/elf";

    /// <summary>Two threads have to be faster than makedumpfile's best by this.</summary>
    private const double Faster = 1.7;

    private static readonly string Folder = Cache.PathOf("bench", "save");

    private static readonly (string Ours, string Theirs)[] Compressions = [("zstd", "-z"), ("zlib", "-c"), ("lzo", "-l")];

    /// <summary>Runs all of it. Returns whether every limit was kept.</summary>
    public static bool Run(int rounds)
    {
        var input = Matrix.Find(Dump).Make().Dump;
        Directory.CreateDirectory(Folder);
        try
        {
            var program = PathOf("panicle");
            File.Copy(Environment.GetEnvironmentVariable("PANICLE") ?? throw new LabException("set PANICLE to the binary that is to be measured ('bench/bench' does)"), program, overwrite: true);
            var kept = true;
            foreach (var level in (int[])[31, 1])
            {
                foreach (var (ours, theirs) in Compressions)
                    kept &= Compare(input, program, level, ours, theirs, rounds);
                Alone(input, program, level, rounds);
            }
            return kept;
        }
        finally
        {
            Directory.Delete(Folder, recursive: true);
        }
    }

    private static bool Compare(string input, string program, int level, string ours, string theirs, int rounds)
    {
        var best = Makedumpfile(input, level, theirs, 0);
        var kept = Contest.Run($"level {level}, {ours}, one thread", rounds, Panicle(input, program, level, ours, 1),
            best with { TimeLimit = 1 });
        kept &= SizeIsNoLarger();
        kept &= Contest.Run($"level {level}, {ours}, two threads", rounds, Panicle(input, program, level, ours, 2),
            best with { TimeLimit = 1 / Faster }, Makedumpfile(input, level, theirs, 2));
        return kept & SizeIsNoLarger();
    }

    // Debian's makedumpfile has no snappy.
    private static void Alone(string input, string program, int level, int rounds) =>
        Contest.Run($"level {level}, snappy", rounds, Panicle(input, program, level, "snappy", 1));

    private static bool SizeIsNoLarger()
    {
        var (ours, theirs) = (new FileInfo(PathOf("ours")).Length, new FileInfo(PathOf("theirs")).Length);
        Console.WriteLine($"  size: {ours} bytes, makedumpfile's {theirs}: {(ours <= theirs ? "no larger" : "LARGER")}");
        return ours <= theirs;
    }

    private static Contender Panicle(string input, string program, int level, string compression, int threads) => new("Panicle", Peers.CommandFor(
        program, "save", input, PathOf("ours"), "--level", $"{level}", "--compress", compression, "--threads", $"{threads}", "--dump-only", "--force"));

    private static Contender Makedumpfile(string input, int level, string compression, int threads) => new($"mdf{(threads > 0 ? $" {threads} thr." : "")}", Peers.CommandFor(
        "/bin/sh", "-c", "rm -f \"$0\"; makedumpfile --message-level 0 \"$@\" \"$0\" && sync \"$0\"", PathOf("theirs"), compression, "-d", $"{level}", "--num-threads", $"{threads}", input));

    private static string PathOf(string name) => Path.Combine(Folder, name);
}

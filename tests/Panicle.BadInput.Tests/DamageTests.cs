using System.Diagnostics;
using Panicle.Cli;
using Panicle.Dumps;
using Panicle.Dumps.Writing;
using Panicle.Kdump.Save;

namespace Panicle.BadInput.Tests;

/// <summary>
/// Damage of every kind to every format, and the whole tool on it: what can be read is shown, what can't is said in one line,
/// nothing takes long, and nothing is a bug. (The project's hard limit on the heap, 512 MB, is the test of the memory.)
/// </summary>
public class DamageTests
{
    /// <summary>Saving reads all of a dump: it is tried in some of the cases only.</summary>
    private const int SavingEvery = 20;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);
    private static readonly string[] Commands = ["sys", "log", "bt", "bt -a", "ps", "mod"];

    // All cases take ten minutes: those are for ./test --full.
    private static readonly int Part = Effort.Choose(quick: 20, ordinary: 5, full: 1);

    public static TheoryData<string> EveryFormat => [.. Formats.Names];

    [Theory, MemberData(nameof(EveryFormat))]
    public void Cut_anywhere(string format) => Try(format, 200, 1, (copy, random) => copy.CutAnywhere(random));

    [Theory, MemberData(nameof(EveryFormat))]
    public void One_bit_flipped(string format) => Try(format, 500, 2, (copy, random) => copy.FlipBit(random));

    [Theory, MemberData(nameof(EveryFormat))]
    public void A_block_overwritten(string format) => Try(format, 500, 3, (copy, random) => copy.OverwriteBlock(random));

    private static void Try(string format, int cases, int seed, Func<DamagedCopy, Random, string> damage)
    {
        using var copy = new DamagedCopy(Formats.FilesOf(format));
        for (var i = 0; i < cases / Part; i++)
        {
            var what = damage(copy, new Random((seed * 1000) + i));
            Run(copy.Files, $"{format}, case {i}: {what}", withSaving: i % SavingEvery == 0);
            copy.Restore();
        }
    }

    private static void Run(string[] files, string what, bool withSaving)
    {
        // Processor time, since a machine that is busy with other things says nothing of Panicle;
        // a wait would show in LongestWait.
        var process = Process.GetCurrentProcess();
        var work = process.TotalProcessorTime;
        var clock = Stopwatch.StartNew();
        var said = "";
        var saved = Formats.NewPath();
        try
        {
            using var session = Session.Empty();
            session.Open(files);
            using var errors = new StringWriter();
            var lines = new LineRunner(new CommandRunner(session, CommandTable.Commands()), errors);
            foreach (var command in Commands)
                lines.Run(command, Stream.Null);
            said = errors.ToString();
            if (withSaving)
                Save(files, saved);
        }
        catch (DumpException refusal)
        {
            said = refusal.Message;
            Assert.False(said.Contains('\n', StringComparison.Ordinal), $"{what}: {said}");
        }
        catch (Exception bug)
        {
            Assert.Fail($"{what}: {bug}");
        }
        finally
        {
            File.Delete(saved);
        }
        Assert.False(said.Contains("bug in panicle", StringComparison.Ordinal), $"{what}: {said}");
        process.Refresh();
        Assert.True(
            process.TotalProcessorTime - work < Longest, $"{what} took {process.TotalProcessorTime - work} of processor time");
        Assert.True(clock.Elapsed < LongestWait, $"{what} took {clock.Elapsed}");
    }

    /// <summary>What can be had of it is in another dump then.</summary>
    private static void Save(string[] files, string output)
    {
        DumpSaver.Save(files, output,
            new SaveOptions { Level = 31, Threads = 1, Compression = DumpCompression.None, SideFiles = false, Scrub = true });
        DumpReader.Open(output).Dispose();
    }
}

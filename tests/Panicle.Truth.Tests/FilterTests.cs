using System.Buffers.Binary;
using System.Diagnostics;
using Panicle.Dumps;
using Panicle.Dumps.Writing;
using Panicle.Kdump.Save;
using Panicle.Kernel;
using Panicle.Kernel.Mm;
using Panicle.Lab;

namespace Panicle.Truth.Tests;

/// <summary>
/// What a saved dump leaves out, page by page: against the kernel's own flags of every page (/proc/kpageflags, read in the guest
/// just before it crashed) and against makedumpfile at every level.
/// </summary>
public class FilterTests
{
    private const ulong FlagsAt = 0x5000_0000_0000; // PAGES_AT in lab/guest/witness.c
    private const int MostFlagBytes = 8 << 20;

    /// <summary>Pages that may have changed between the kernel's saying and its death: the other CPU goes on.</summary>
    private const int Changing = 16;

    /// <summary>The unfiltered dumps that hold the kernel's flags of every page.</summary>
    public static TheoryData<string> Dumps => LabDump.Rows(cell => cell is { Scenario.Name: "page-flags", Format.Name: "elf" });

    /// <summary>Each page is used for what the kernel's flags say it is.</summary>
    [Theory, MemberData(nameof(Dumps))]
    public void Pages_are_used_for_what_the_kernel_says(string name)
    {
        using var kernel = KernelDump.Open(LabDump.Find(name).Files);
        var truth = TruthOf(kernel);
        var uses = UsesOf(kernel);
        var wrong = new Dictionary<string, int>();
        for (var frame = 0; frame < Math.Min(truth.Length, uses.Length); frame++)
        {
            if (uses[frame] == PageUse.Unknown || truth[frame].Has(PageFlag.NoPage))
                continue;
            var expected = truth[frame].Use;
            if (Coarse(uses[frame]) == expected)
                continue;
            var key = $"{uses[frame]} where the kernel says {expected} ({truth[frame]})";
            wrong[key] = wrong.GetValueOrDefault(key) + 1;
        }
        Assert.True(wrong.Values.Sum() <= Changing,
            string.Join('\n', wrong.OrderByDescending(pair => pair.Value).Select(pair => $"{pair.Value} pages: {pair.Key}")));
        // There is something to tell apart.
        foreach (
            var use in new[] { PageUse.Free, PageUse.User, PageUse.Cache, PageUse.PrivateCache, PageUse.Slab, PageUse.PageTable })
            Assert.True(uses.Count(other => other == use) > 10, $"{use}");
    }

    /// <summary>
    /// At every level those pages are kept that makedumpfile keeps. Where it leaves out others, the kernel's own flags say who is
    /// right: makedumpfile 1.7.8 takes pages of 7.2 for memory of processes that the kernel uses itself.
    /// </summary>
    [Theory, MemberData(nameof(Dumps))]
    public void Every_level_keeps_what_makedumpfile_keeps(string name)
    {
        var input = LabDump.Find(name).Files;
        using var kernel = KernelDump.Open(input);
        var truth = TruthOf(kernel);
        var present = Frames(kernel.Dump, kernel.Dump.PresentRanges());
        for (var level = 0; level <= FilterLevel.Most; level++)
        {
            var theirs = KeptByMakedumpfile(input[0], level);
            var filter = PageFilter.Make(kernel.Dump, kernel, level, present);
            Assert.Empty(filter.Notes);
            for (ulong frame = 0; frame < present.Limit; frame++)
            {
                if (theirs.Contains(frame) == filter.Kept.Contains(frame))
                    continue;
                var said = truth[frame];
                Assert.True(filter.Kept.Contains(frame) != FilterLevel.Drops(level, said.Use),
                    $"level {level}, page 0x{frame:x}: we keep it: {filter.Kept.Contains(frame)}, the kernel says {said}");
                Assert.True(kernel.Info.Release!.StartsWith("7.", StringComparison.Ordinal),
                    $"level {level}, page 0x{frame:x}: makedumpfile is wrong on a kernel that it knows: {said}");
                Assert.Equal(PageUse.Kernel, said.Use);
            }
        }
    }

    /// <summary>
    /// What a process gave to the kernel in confidence is in the kernel's memory, and so in a dump without anyone else's;
    /// scrubbing leaves no trace of it.
    /// </summary>
    [Theory, MemberData(nameof(Dumps))]
    public void Secrets_are_overwritten(string name)
    {
        string[] secrets = ["PANICLE-SECRET of a key", "PANICLE-SECRET in a socket", "PANICLE-SECRET in a pipe"];
        var output = Path.Combine(Cache.Root, $"scrub-{Environment.ProcessId}.vmcore");
        try
        {
            foreach (var scrub in (bool[])[false, true])
            {
                DumpSaver.Save(LabDump.Find(name).Files, output,
                    new SaveOptions
                    {
                        Level = 31,
                        Scrub = scrub,
                        Compression = DumpCompression.None,
                        Force = true,
                        SideFiles = false
                    });
                var bytes = File.ReadAllBytes(output);
                foreach (var secret in secrets)
                    Assert.Equal(!scrub, bytes.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(secret)) >= 0);
            }
        }
        finally
        {
            File.Delete(output);
        }
    }

    private static PageSet KeptByMakedumpfile(string input, int level)
    {
        var output = Path.Combine(Cache.Root, $"filter-{Environment.ProcessId}.vmcore");
        try
        {
            string[] words = [.. Peers.CommandFor("makedumpfile", "--message-level", "0", "-l", "-d", $"{level}", input, output)];
            using var process = Process.Start(words[0], words[1..]);
            process.WaitForExit();
            Assert.Equal(0, process.ExitCode);
            using var dump = DumpReader.Open(output);
            return Frames(dump, dump.PresentRanges());
        }
        finally
        {
            File.Delete(output);
        }
    }

    private static PageSet Frames(DumpFile dump, IEnumerable<AddressRange> ranges)
    {
        var pageSize = (ulong)dump.PageSize;
        var frames = new PageSet(dump.Limit / pageSize);
        foreach (var range in ranges)
            frames.Add(range.Start / pageSize, range.Length / pageSize);
        return frames;
    }

    // The flags don't say whether a page of the cache has private data (PG_private); makedumpfile, below, does.
    private static PageUse Coarse(PageUse use) => use switch
    {
        PageUse.Slab or PageUse.PageTable => PageUse.Kernel,
        PageUse.PrivateCache => PageUse.Cache,
        _ => use,
    };

    private static PageUse[] UsesOf(KernelDump kernel)
    {
        var uses = new PageUse[kernel.Dump.Limit / kernel.PageSize];
        Array.Fill(uses, PageUse.Unknown);
        foreach (var (first, count, use) in new PageClasses(kernel).Walk(kernel.Dump.MachineRanges()))
            Array.Fill(uses, use, (int)first, (int)count);
        return uses;
    }

    private static PageTruth[] TruthOf(KernelDump kernel)
    {
        var witness = kernel.Tasks.All.Single(task => task.Command == "witness");
        var space = kernel.Architecture.CreateUserSpace(kernel, witness.Value["mm"]["pgd"].ToUInt64());
        var length = space.ReadUInt64(FlagsAt);
        Assert.InRange(length, 8000UL, (ulong)MostFlagBytes);
        var bytes = new byte[length];
        space.Read(FlagsAt + 8, bytes);
        var truth = new PageTruth[length / 8];
        for (var i = 0; i < truth.Length; i++)
            truth[i] = new PageTruth(BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(i * 8)));
        return truth;
    }
}

/// <summary>
/// Bits of /proc/kpageflags (Documentation/admin-guide/mm/pagemap.rst, include/uapi/linux/kernel-page-flags.h).
/// </summary>
internal enum PageFlag
{
    Locked = 0, Referenced = 2, UpToDate = 3, Dirty = 4, Lru = 5, Active = 6, Slab = 7, Writeback = 8, Reclaim = 9, Buddy = 10,
    Mapped = 11, Anonymous = 12, SwapCache = 13, SwapBacked = 14, Head = 15, Tail = 16, Huge = 17, Unevictable = 18,
    Poisoned = 19,
    NoPage = 20, Ksm = 21, TransparentHuge = 22, Offline = 23, ZeroPage = 24, Idle = 25, PageTable = 26, Reserved = 32,
    Private = 36,
    PrivateTwo = 37,
}

/// <summary>What the kernel said of a page.</summary>
internal readonly record struct PageTruth(ulong Word)
{
    /// <summary>What that means for a filter.</summary>
    public PageUse Use
    {
        get
        {
            if (Has(PageFlag.Buddy))
                return PageUse.Free;
            if (Has(PageFlag.Poisoned) || Has(PageFlag.Offline))
                return PageUse.Offline;
            if (Has(PageFlag.Slab) || Has(PageFlag.PageTable))
                return PageUse.Kernel;
            if (Has(PageFlag.Anonymous) || Has(PageFlag.Huge))
                return PageUse.User;
            if (Has(PageFlag.Lru) || Has(PageFlag.SwapBacked) && Has(PageFlag.SwapCache))
                return PageUse.Cache;
            return PageUse.Kernel;
        }
    }

    public bool Has(PageFlag flag) => (Word >> (int)flag & 1) != 0;

    public override string ToString()
    {
        var word = Word;
        return string.Join(' ', Enum.GetValues<PageFlag>().Where(flag => (word >> (int)flag & 1) != 0));
    }
}

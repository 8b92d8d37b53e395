using Panicle.Dumps;
using Panicle.Dumps.Writing;
using Panicle.Formats.Elf;
using Panicle.Kdump.Save;
using Panicle.Kdump.Targets;
using Panicle.Kernel;

namespace Panicle.Kdump.Tests.Save;

/// <summary>What goes wrong while a dump is saved: what was saved until then opens, and nothing else is lost.</summary>
public sealed class FailureTests : IDisposable
{
    private readonly SampleDump _sample = new();

    public void Dispose() => _sample.Dispose();

    [Fact]
    public void Files_that_are_there_are_kept()
    {
        var output = _sample.New("dump");
        File.WriteAllText(output, "mine");
        var refusal = Assert.Throws<DumpException>(() => DumpSaver.Save([_sample.Path], output, new SaveOptions()));
        Assert.Equal($"{output} is there already; --force overwrites it", refusal.Message);
        Assert.Equal("mine", File.ReadAllText(output));
        DumpSaver.Save([_sample.Path], output, new SaveOptions { Force = true, SideFiles = false });
        using var saved = DumpReader.Open(output);
        _sample.AssertSame(saved);
    }

    [Fact]
    public void The_input_is_never_overwritten()
    {
        var copy = _sample.New("copy");
        File.Copy(_sample.Path, copy);
        Assert.Throws<DumpException>(() => DumpSaver.Save([copy], copy, new SaveOptions { Force = true }));
        Assert.Equal(new FileInfo(_sample.Path).Length, new FileInfo(copy).Length);
    }

    /// <summary>The device is full somewhere in the middle: the pages up to there can be read, and no other is made up.</summary>
    [Theory]
    [InlineData(2_000_000, 1)]
    [InlineData(9_000_000, 2)]
    public void Full_device(int room, int threads)
    {
        using var output = new SmallOutput(room);
        Assert.Throws<IOException>(() =>
            DumpWriter.Write(_sample.Dump, Content(), new DumpWriteOptions { Threads = threads }, [output]));
        var partial = _sample.New("partial");
        File.WriteAllBytes(partial, output.Bytes);
        using var saved = DumpReader.Open(partial);
        Assert.True(saved.Header.IsIncomplete);
        var (there, missing) = (0, 0);
        byte[] page = new byte[4096], original = new byte[4096];
        foreach (var range in saved.PresentRanges())
        {
            for (var at = range.Start; at < range.End; at += 4096)
            {
                if (saved.TryRead(at, page, out var fault))
                {
                    there++;
                    Assert.True(_sample.Dump.TryRead(at, original, out _) && original.AsSpan().SequenceEqual(page), $"0x{at:x}");
                }
                else
                {
                    missing++;
                    Assert.Equal(PageState.BeyondEnd, fault.State);
                }
            }
        }
        Assert.Equal(17997, there + missing);
        Assert.True(there > room / 4096, $"{there}");
    }

    /// <summary>What is needed to explain a crash is written first: the last pages are not missed.</summary>
    [Fact]
    public void A_dump_that_is_cut_off_still_tells()
    {
        var output = _sample.New("dump");
        DumpSaver.Save([_sample.Path], output, new SaveOptions { SideFiles = false });
        using (var file = File.OpenWrite(output))
            file.SetLength(file.Length * 17 / 20);
        using var whole = KernelDump.Open([_sample.Path]);
        using var cut = KernelDump.Open([output]);
        Assert.True(cut.Dump.Header.IsIncomplete || cut.Dump.Problems.Count > 0);
        Assert.Equal(whole.Tasks.All.Select(task => task.ToString()), cut.Tasks.All.Select(task => task.ToString()));
        Assert.Equal(whole.Modules.All.Select(module => module.Name), cut.Modules.All.Select(module => module.Name));
        foreach (var task in cut.Tasks.All)
            Assert.Equal(Frames(whole, task.Address), Frames(cut, task.Address));
    }

    /// <summary>
    /// A truncated dump is saved with the pages that it still has; the others are missing there too, and never taken for left out.
    /// </summary>
    [Theory]
    [InlineData(SaveFormat.Kdump, 1)]
    [InlineData(SaveFormat.Kdump, 3)]
    [InlineData(SaveFormat.Flattened, 1)]
    [InlineData(SaveFormat.Elf, 1)]
    public void Salvage_of_a_cut_dump(SaveFormat format, int split)
    {
        var cut = _sample.New("cut");
        File.Copy(_sample.Path, cut);
        using (var file = File.OpenWrite(cut))
            file.SetLength(file.Length / 2);
        var output = _sample.New("salvaged");
        // Level 0: in ELF files, pages of zeros are missing otherwise.
        var result = DumpSaver.Save(
            [cut], output, new SaveOptions { SideFiles = false, Format = format, Split = split, Level = 0 });
        Assert.InRange(result.Pages, 5000, 13000);
        var note = $"{17997 - result.Pages} pages are missing from the input, which is incomplete; they are missing from the dump too";
        Assert.Contains(note, result.Notes);
        Assert.Equal((0L, true), (result.LostPages, result.IsIncomplete));
        using var input = DumpReader.Open(cut);
        using var saved = DumpReader.Open(split == 1 ? [output] : [.. Enumerable.Range(1, split).Select(i => $"{output}.{i}")]);
        Assert.True(saved.Header.IsIncomplete);
        AssertSameStates(input, saved);
    }

    /// <summary>A set with a part missing is no whole dump, and what is in that part isn't filtered.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_part_of_a_split_dump_is_missing(int missing)
    {
        var parts = _sample.New("parts");
        DumpSaver.Save([_sample.Path], parts, new SaveOptions { SideFiles = false, Split = 3 });
        string[] given = [.. Enumerable.Range(1, 3).Where(i => i != missing).Select(i => $"{parts}.{i}")];
        using var input = DumpReader.Open(given);
        Assert.True(input.Header.IsIncomplete);
        var result = DumpSaver.Save(given, _sample.New("joined"), new SaveOptions { SideFiles = false });
        Assert.InRange(result.Pages, 11000, 13000);
        Assert.True(result.IsIncomplete);
        using var saved = DumpReader.Open(_sample.New("joined"));
        Assert.True(saved.Header.IsIncomplete);
        AssertSameStates(input, saved);
        Assert.Equal(17997 - result.Pages, Count(saved, PageState.BeyondEnd));
        DumpSaver.Save([$"{parts}.1", $"{parts}.2", $"{parts}.3"], _sample.New("whole"), new SaveOptions { SideFiles = false });
        using var whole = DumpReader.Open(_sample.New("whole"));
        Assert.False(whole.Header.IsIncomplete);
        _sample.AssertSame(whole);
    }

    private static int Count(DumpFile dump, PageState state) =>
        Enumerable.Range(0, (int)(dump.Limit / 4096)).Count(frame => dump.StateOf((ulong)frame * 4096) == state);

    private static void AssertSameStates(DumpFile input, DumpFile saved)
    {
        byte[] page = new byte[4096], original = new byte[4096];
        for (ulong at = 0; at < input.Limit; at += 4096)
        {
            Assert.True(input.StateOf(at) == saved.StateOf(at), $"0x{at:x}: {input.StateOf(at)} became {saved.StateOf(at)}");
            if (input.TryRead(at, original, out _))
                Assert.True(saved.TryRead(at, page, out _) && original.AsSpan().SequenceEqual(page), $"0x{at:x}");
        }
    }

    /// <summary>
    /// Pages that the source fails to read are missing, the others are there, and the file says that it isn't whole.
    /// </summary>
    [Fact]
    public void Unreadable_pages()
    {
        var frames = new PageSet(_sample.Dump.Limit / 4096);
        foreach (var range in _sample.Dump.PresentRanges())
            frames.Add(range.Start / 4096, range.Length / 4096);
        var broken = new HashSet<ulong>();
        for (ulong frame = 0; broken.Count < 40; frame += 1)
        {
            frame = frames.Next(frame, true);
            if (frame % 7 == 3)
                broken.Add(frame);
        }
        using var source = new BrokenDump(_sample.Dump, broken);
        var output = _sample.New("dump");
        using (var file = FileOutput.Create(output))
        {
            var result = DumpWriter.Write(source, Content(), new DumpWriteOptions { Threads = 2 }, [file]);
            Assert.Equal(40, result.LostPages);
            Assert.Contains("is damaged in the dump file", result.FirstLoss, StringComparison.Ordinal);
            Assert.False(File.Exists(output));
            Assert.True(File.Exists($"{output}-incomplete"));
            file.Complete();
        }
        Assert.False(File.Exists($"{output}-incomplete"));
        using var saved = DumpReader.Open(output);
        Assert.True(saved.Header.IsIncomplete);
        _sample.AssertSame(saved, at => broken.Contains(at / 4096));
    }

    [Fact]
    public void The_log_and_the_report_come_first()
    {
        var output = _sample.New("dump.202601020304");
        var result = DumpSaver.Save(
            [_sample.Path], output, new SaveOptions { Report = (kernel, writer) => writer.Write(kernel.System.Utsname.Release) });
        Assert.Equal((_sample.New("dmesg.202601020304"), _sample.New("report.202601020304")), (result.Log, result.Report));
        using var kernel = KernelDump.Open([_sample.Path]);
        var log = File.ReadAllLines(result.Log!);
        Assert.StartsWith("[    0.000000] Linux version 6.1.", log[0], StringComparison.Ordinal);
        Assert.Contains(log, line =>
            line.EndsWith("BUG: kernel NULL pointer dereference, address: 0000000000000000", StringComparison.Ordinal));
        Assert.StartsWith("6.1.", File.ReadAllText(result.Report!), StringComparison.Ordinal);
    }

    /// <summary>It is tried all the same: compressed, it fits.</summary>
    [Theory]
    [InlineData(60UL << 20, true)]
    [InlineData(1UL << 40, false)]
    public void Too_little_room_is_said(ulong free, bool isSaid)
    {
        using var sink = new MemorySink(free);
        var result = DumpSaver.Save([_sample.Path], "dump", new SaveOptions { Sink = sink, SideFiles = false });
        const string Note = "there is room for 60 MB where the dump goes, and its pages are 70 MB before they are compressed: "
            + "it may not fit";
        Assert.Equal(isSaid, result.Notes.Contains(Note));
        Assert.Equal(17997, result.Pages);
        Assert.InRange(result.PeakMemory, 10 << 20, 4L << 30);
    }

    [Fact]
    public void What_cant_be_done_is_said()
    {
        Assert.Throws<DumpException>(() => DumpSaver.Save([_sample.Path], _sample.New("x"), new SaveOptions { Split = 0 }));
        Assert.Throws<DumpException>(() =>
            DumpSaver.Save([_sample.Path], _sample.New("x"), new SaveOptions { Split = 2, Format = SaveFormat.Elf }));
        Assert.Throws<DumpException>(() =>
            DumpSaver.Save([_sample.Path], _sample.New("no/such/folder/x"), new SaveOptions { SideFiles = false }));
        Assert.Throws<DumpException>(() => DumpSaver.Save([_sample.New("missing")], _sample.New("x"), new SaveOptions()));
        Assert.False(File.Exists(_sample.New("x")));
    }

    private DumpContent Content()
    {
        var (ram, present) = (new PageSet(_sample.Dump.Limit / 4096), new PageSet(_sample.Dump.Limit / 4096));
        foreach (var range in _sample.Dump.MachineRanges())
            ram.Add(range.Start / 4096, range.Length / 4096);
        foreach (var range in _sample.Dump.PresentRanges())
            present.Add(range.Start / 4096, range.Length / 4096);
        return new DumpContent
        {
            PageSize = 4096,
            Machine = 62,
            Ram = ram,
            Dumped = present,
            Utsname = _sample.Dump.Header.Utsname!,
            FilterLevel = 31,
            Notes = DumpContent.NotesOf(_sample.Dump, _sample.Dump.VmcoreInfo),
        };
    }

    /// <summary>Keeps a dump in memory, and says that there is so much room.</summary>
    private static IEnumerable<ulong> Frames(KernelDump kernel, ulong task) =>
        kernel.Unwinder.Unwind(kernel.Tasks.At(task)!).Frames.Select(frame => frame.Address);

    private sealed class MemorySink(ulong free) : CrashSink
    {
        public override string Description => "memory";

        public override ulong? Free => free;

        public override Stream Create(string name, long? length = null) => new MemoryStream();

        public override void Finish(string name, Stream stream)
        {
        }
    }

    /// <summary>Takes so many bytes of page data and then is full.</summary>
    private sealed class SmallOutput(int room) : IDumpOutput, IDisposable
    {
        private readonly MemoryStream _bytes = new();
        private readonly Lock _lock = new();
        private long _reserved;

        public bool IsSparse => true;

        public byte[] Bytes => _bytes.ToArray();

        public void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            lock (_lock)
            {
                if (offset + bytes.Length > _reserved + room)
                    throw new IOException("No space left on device");
                _bytes.Position = offset;
                _bytes.Write(bytes);
            }
        }

        public void Reserve(long size) => _reserved = size;

        public void Complete()
        {
        }

        public void Dispose() => _bytes.Dispose();
    }

    /// <summary>A dump that fails on some of its pages.</summary>
    private sealed class BrokenDump(DumpFile dump, HashSet<ulong> broken) : DumpFile
    {
        public override IReadOnlyList<string> Paths => dump.Paths;
        public override DumpHeader Header => dump.Header;
        public override IReadOnlyList<ElfNote> Notes => dump.Notes;
        public override VmcoreInfo? VmcoreInfo => dump.VmcoreInfo;
        public override IReadOnlyList<string> Problems => [];
        public override int PageSize => dump.PageSize;
        public override ulong Limit => dump.Limit;

        public override PageState StateOf(ulong address) => dump.StateOf(address);

        public override IEnumerable<AddressRange> PresentRanges() => dump.PresentRanges();

        public override bool TryRead(ulong address, Span<byte> buffer, out MemoryFault fault)
        {
            for (var at = address & ~4095UL; at < address + (ulong)buffer.Length; at += 4096)
            {
                if (!broken.Contains(at / 4096))
                    continue;
                fault = new MemoryFault(PageState.Damaged, at);
                return false;
            }
            return dump.TryRead(address, buffer, out fault);
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}

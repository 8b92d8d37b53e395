using Panicle.Formats.Elf;
using Panicle.TestTools;

namespace Panicle.Dumps.Tests;

/// <summary>Every format gives the same memory, and its headers say what is in them.</summary>
public class FormatTests
{
    [Theory, MemberData(nameof(SmallDump.Formats), MemberType = typeof(SmallDump))]
    public void Every_page_reads_the_same(string format)
    {
        using var dump = TestData.Open(SmallDump.Make(format));
        Assert.Empty(dump.Problems);
        Assert.Equal(SmallDump.Pages, TestData.PagesOf(dump));
        foreach (var page in SmallDump.Pages)
        {
            Assert.Equal(PageState.Present, dump.StateOf(page * TestData.Page));
            Assert.Equal(TestData.ReadPage(SmallDump.Dump, page), TestData.ReadPage(dump, page));
        }
    }

    [Theory, MemberData(nameof(SmallDump.Formats), MemberType = typeof(SmallDump))]
    public void Reads_of_any_length_and_place_agree_with_pages(string format)
    {
        using var dump = TestData.Open(SmallDump.Make(format));
        var random = new Random(3);
        var buffer = new byte[200 * TestData.Page];
        for (var i = 0; i < 300; i++)
        {
            var page = SmallDump.Pages[random.Next(SmallDump.Pages.Count)];
            var address = (page * TestData.Page) + (ulong)random.Next(TestData.Page);
            var length = random.Next(3) == 0 ? random.Next(buffer.Length) : random.Next(3 * TestData.Page);
            CheckRead(dump, address, buffer.AsSpan(0, length));
        }
    }

    [Theory, MemberData(nameof(SmallDump.Formats), MemberType = typeof(SmallDump))]
    public void Absent_pages_say_why(string format)
    {
        using var dump = TestData.Open(SmallDump.Make(format));
        var absent = SmallDump.Pages.Select(page => page + 1).Except(SmallDump.Pages).First();
        Assert.Equal(
            format.Contains("QEMU", StringComparison.Ordinal) ? PageState.Hole : PageState.Excluded,
            dump.StateOf(absent * TestData.Page));
        Assert.False(dump.TryRead(absent * TestData.Page, new byte[8], out var fault));
        Assert.Equal((dump.StateOf(absent * TestData.Page), absent * TestData.Page), (fault.State, fault.Address));
        Assert.Equal(PageState.Hole, dump.StateOf(dump.Limit));
        Assert.Equal(PageState.Hole, dump.StateOf(0));
        Assert.Equal(PageState.Hole, dump.StateOf(ulong.MaxValue));
        Assert.False(dump.TryRead(ulong.MaxValue - 3, new byte[100_000], out _));
    }

    [Theory, MemberData(nameof(SmallDump.Formats), MemberType = typeof(SmallDump))]
    public void Headers_say_what_they_have(string format)
    {
        using var dump = TestData.Open(SmallDump.Make(format));
        Assert.Equal(62, dump.Header.Machine);
        Assert.Equal(2, dump.Header.CpuCount);
        Assert.False(dump.Header.IsIncomplete);
        if (format is not ("kdump v1" or "kdump v2" or "kdump v3"))
            Assert.Equal(2, dump.Notes.Count(note => note is { Name: "CORE", Type: ElfNote.PrStatus, Descriptor.Length: 336 }));
        if (format is not ("kdump v1" or "kdump v2" or "QEMU ELF"))
            Assert.Equal("6.1.0-56-cloud-amd64", dump.VmcoreInfo?.Release);
        if (format.Contains("kdump", StringComparison.Ordinal))
        {
            Assert.Equal(SmallDump.Dump.Header.Utsname, dump.Header.Utsname);
            Assert.Equal(SmallDump.Dump.Header.WrittenAt, dump.Header.WrittenAt);
            Assert.Equal(31, dump.Header.FilterLevel);
            Assert.True(dump.Header.IsPartial);
        }
    }

    [Theory]
    [InlineData("kdump zstd", "kdump-compressed v6, zstd")]
    [InlineData("kdump raw", "kdump-compressed v6, uncompressed")]
    [InlineData("kdump v3", "kdump-compressed v3, lzo")]
    [InlineData("split", "kdump-compressed v6, zstd, split into 2 files")]
    [InlineData("flattened kdump", "flattened kdump-compressed v6, zstd")]
    [InlineData("ELF", "ELF vmcore")]
    [InlineData("QEMU ELF", "QEMU ELF")]
    [InlineData("flattened ELF", "flattened ELF vmcore")]
    public void The_format_has_a_name(string format, string name)
    {
        using var dump = TestData.Open(SmallDump.Make(format));
        Assert.Equal(name, dump.Header.Format);
    }

    [Fact]
    public void The_real_file_says_what_makedumpfile_wrote()
    {
        var header = SmallDump.Dump.Header;
        Assert.Equal("6.1.0-56-cloud-amd64", header.Utsname?.Release);
        Assert.Equal("x86_64", header.Utsname?.Machine);
        Assert.Equal(2026, header.WrittenAt?.Year);
        Assert.Equal(["CORE", "CORE", "VMCOREINFO"], SmallDump.Dump.Notes.Select(note => note.Name));
    }

    [Fact]
    public void A_marked_dump_is_incomplete()
    {
        using var dump = TestData.Open(KdumpWriter.Write(SmallDump.Dump, SmallDump.Pages, new KdumpOptions { Status = 8 }));
        Assert.True(dump.Header.IsIncomplete);
    }

    [Theory]
    [InlineData("kdump lzo")]
    [InlineData("flattened kdump")]
    [InlineData("ELF")]
    public void A_cut_dump_keeps_what_is_before_the_cut(string format)
    {
        var whole = SmallDump.Make(format)[0];
        using var dump = TestData.Open(whole[..(whole.Length * 3 / 4)]);
        Assert.True(dump.Header.IsIncomplete);
        Assert.NotEmpty(dump.Problems);
        var good = 0;
        foreach (var page in SmallDump.Pages)
        {
            var content = new byte[TestData.Page];
            var state = dump.StateOf(page * TestData.Page);
            Assert.Equal(state == PageState.Present, dump.TryRead(page * TestData.Page, content, out var fault));
            if (state == PageState.Present)
                Assert.Equal(TestData.ReadPage(SmallDump.Dump, page), content);
            else
                Assert.Equal(PageState.BeyondEnd, fault.State);
            good += state == PageState.Present ? 1 : 0;
        }
        Assert.InRange(good, SmallDump.Pages.Count / 2, SmallDump.Pages.Count - 1);
    }

    [Fact]
    public async Task Many_threads_read_the_same()
    {
        using var dump = TestData.Open(new Limits { PageCacheBytes = 64 * TestData.Page }, SmallDump.Make("kdump lzo"));
        var expected = SmallDump.Pages.ToDictionary(page => page, page => TestData.ReadPage(SmallDump.Dump, page));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(seed => Task.Run(() =>
        {
            var random = new Random(seed);
            Span<byte> eight = stackalloc byte[8];
            for (var i = 0; i < 3000; i++)
            {
                var page = SmallDump.Pages[random.Next(SmallDump.Pages.Count)];
                var within = random.Next(TestData.Page - 8);
                Assert.True(dump.TryRead((page * TestData.Page) + (ulong)within, eight, out _));
                Assert.True(eight.SequenceEqual(expected[page].AsSpan(within, 8)));
            }
        })));
    }

    /// <summary>The read must give what single pages give, up to the first page that isn't there.</summary>
    private static void CheckRead(DumpFile dump, ulong address, Span<byte> buffer)
    {
        var missing = buffer.Length == 0 ? ulong.MaxValue : FirstMissing(address, buffer.Length);
        var good = dump.TryRead(address, buffer, out var fault);
        Assert.Equal(missing == ulong.MaxValue, good);
        if (!good)
        {
            Assert.Equal(missing, fault.Address);
            return;
        }
        for (var done = 0; done < buffer.Length;)
        {
            var at = address + (ulong)done;
            var within = (int)(at % TestData.Page);
            var length = Math.Min(buffer.Length - done, TestData.Page - within);
            Assert.True(TestData.ReadPage(SmallDump.Dump, at / TestData.Page).AsSpan(within, length)
                .SequenceEqual(buffer.Slice(done, length)));
            done += length;
        }
    }

    private static ulong FirstMissing(ulong address, int length)
    {
        for (var at = address; at < address + (ulong)length; at = (at / TestData.Page * TestData.Page) + TestData.Page)
        {
            if (SmallDump.Dump.StateOf(at) != PageState.Present)
                return at;
        }
        return ulong.MaxValue;
    }
}

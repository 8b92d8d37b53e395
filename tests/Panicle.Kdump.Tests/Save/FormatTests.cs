using Panicle.Dumps;
using Panicle.Dumps.Writing;
using Panicle.Kdump.Save;

namespace Panicle.Kdump.Tests.Save;

/// <summary>A dump saved in every form has the same pages, and headers that say the same.</summary>
public sealed class FormatTests : IDisposable
{
    private readonly SampleDump _sample = new();

    public void Dispose() => _sample.Dispose();

    [Theory]
    [InlineData(DumpCompression.Zstd, 1, "kdump-compressed v6, zstd")]
    [InlineData(DumpCompression.Zstd, 3, "kdump-compressed v6, zstd")]
    [InlineData(DumpCompression.Zlib, 2, "kdump-compressed v6, zlib")]
    [InlineData(DumpCompression.Lzo, 2, "kdump-compressed v6, lzo")]
    [InlineData(DumpCompression.Snappy, 2, "kdump-compressed v6, snappy")]
    [InlineData(DumpCompression.None, 2, "kdump-compressed v6, uncompressed")]
    public void Kdump(DumpCompression compression, int threads, string format)
    {
        var output = _sample.New("dump");
        var result = Save(output, new SaveOptions { Compression = compression, Threads = threads });
        using var saved = DumpReader.Open(output);
        Assert.Equal(format, saved.Header.Format);
        Assert.Empty(saved.Problems);
        Assert.False(saved.Header.IsIncomplete);
        Assert.Equal(31, saved.Header.FilterLevel);
        Assert.Equal(_sample.Dump.Header.Utsname, saved.Header.Utsname);
        Assert.Equal(_sample.Dump.Header.PhysicalBase, saved.Header.PhysicalBase);
        Assert.Equal(_sample.Dump.Header.WrittenAt, saved.Header.WrittenAt);
        Assert.Equal(_sample.Dump.Header.CpuCount, saved.Header.CpuCount);
        Assert.Equal(_sample.Dump.VmcoreInfo!.Lines, saved.VmcoreInfo!.Lines);
        Assert.Equal(_sample.Dump.Notes.Select(note => (note.Name, note.Type, Convert.ToHexString(note.Descriptor.Span))),
            saved.Notes.Select(note => (note.Name, note.Type, Convert.ToHexString(note.Descriptor.Span))));
        _sample.AssertSame(saved);
        Assert.Equal(new FileInfo(output).Length, result.Bytes);
        Assert.Equal((17997, 57047, 0), (result.Pages, result.MachinePages, result.LostPages));
    }

    [Fact]
    public void Equal_pages_are_stored_once()
    {
        var output = _sample.New("dump");
        Save(output, new SaveOptions { Compression = DumpCompression.None, Threads = 2 });
        var hashes = new HashSet<string>();
        var page = new byte[4096];
        foreach (var range in _sample.Dump.PresentRanges())
        {
            for (var at = range.Start; at < range.End; at += 4096)
            {
                Assert.True(_sample.Dump.TryRead(at, page, out _));
                hashes.Add(Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(page)));
            }
        }
        // Headers and descriptors take less than a megabyte; without sharing there would be 15221 pages.
        Assert.InRange(new FileInfo(output).Length, hashes.Count * 4096L, (hashes.Count + 512) * 4096L);
    }

    [Fact]
    public void Flattened_and_back()
    {
        var flat = _sample.New("flat");
        Save(flat, new SaveOptions { Format = SaveFormat.Flattened, Threads = 2 });
        using (var saved = DumpReader.Open(flat))
        {
            Assert.Equal("flattened kdump-compressed v6, zstd", saved.Header.Format);
            Assert.Empty(saved.Problems);
            _sample.AssertSame(saved);
        }
        var back = _sample.New("back");
        DumpSaver.Save([flat], back, Plain(new SaveOptions { Compression = DumpCompression.Lzo }));
        using var again = DumpReader.Open(back);
        Assert.Equal("kdump-compressed v6, lzo", again.Header.Format);
        _sample.AssertSame(again);
    }

    [Fact]
    public void Split_and_rejoined()
    {
        var output = _sample.New("dump");
        var result = Save(output, new SaveOptions { Split = 3, Threads = 2 });
        Assert.Equal([$"{output}.1", $"{output}.2", $"{output}.3"], result.Files);
        var sizes = result.Files.Select(file => new FileInfo(file).Length).ToList();
        Assert.True(sizes.Min() * 4 > sizes.Max(), string.Join(' ', sizes));
        using (var parts = DumpReader.Open(result.Files))
        {
            Assert.Empty(parts.Problems);
            _sample.AssertSame(parts);
        }
        using (var two = DumpReader.Open(result.Files.Take(2).ToList()))
            Assert.Contains("parts of the split dump are missing", Assert.Single(two.Problems), StringComparison.Ordinal);
        var whole = _sample.New("whole");
        DumpSaver.Save(result.Files, whole, Plain(new SaveOptions()));
        using var joined = DumpReader.Open(whole);
        Assert.Equal("kdump-compressed v6, zstd", joined.Header.Format);
        _sample.AssertSame(joined);
    }

    [Fact]
    public void Elf_leaves_zeros_out()
    {
        var output = _sample.New("elf");
        var result = Save(output, new SaveOptions { Format = SaveFormat.Elf, Level = 31 });
        Assert.Equal(17997 - 2776, result.Pages);
        using var saved = DumpReader.Open(output);
        Assert.Equal("ELF vmcore", saved.Header.Format);
        Assert.Equal(62, saved.Header.Machine);
        Assert.Equal(_sample.Dump.VmcoreInfo!.Lines, saved.VmcoreInfo!.Lines);
        byte[] page = new byte[4096], other = new byte[4096];
        for (ulong at = 0; at < _sample.Dump.Limit; at += 4096)
        {
            var there = _sample.Dump.TryRead(at, page, out _);
            if (there && page.AsSpan().ContainsAnyExcept((byte)0))
                Assert.True(saved.TryRead(at, other, out var fault) && other.AsSpan().SequenceEqual(page), fault.ToString());
            else
                Assert.Equal(_sample.Dump.StateOf(at) == PageState.Hole ? PageState.Hole : PageState.Excluded, saved.StateOf(at));
        }
    }

    [Fact]
    public void Elf_back_to_kdump()
    {
        var elf = _sample.New("elf");
        Save(elf, new SaveOptions { Format = SaveFormat.Elf, Level = 0 });
        var back = _sample.New("back");
        DumpSaver.Save([elf], back, Plain(new SaveOptions()));
        using var saved = DumpReader.Open(back);
        _sample.AssertSame(saved);
        Assert.Equal("6.1", saved.Header.Utsname!.Release[..3]); // from the kernel itself: ELF headers have no room for it
    }

    private static SaveOptions Plain(SaveOptions options) => options with { SideFiles = false };

    private SaveResult Save(string output, SaveOptions options) => DumpSaver.Save([_sample.Path], output, Plain(options));
}

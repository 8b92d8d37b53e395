using FsCheck;
using FsCheck.Fluent;
using Panicle.Dumps.Writing;
using Panicle.Formats.Compression;

namespace Panicle.Dumps.Tests;

/// <summary>
/// What the encoders make of pages, by the decoders; and for deflate, whose decoder is the framework's,
/// every way to write a block.
/// </summary>
public class EncoderTests
{
    public static TheoryData<DumpCompression> Compressions { get; } =
    [
        DumpCompression.Zlib, DumpCompression.Lzo, DumpCompression.Snappy, DumpCompression.Zstd,
    ];

    [Theory]
    [MemberData(nameof(Compressions))]
    public void Real_pages_come_back(DumpCompression compression)
    {
        using var encoder = PageCodec.CreateEncoder(compression)!;
        var smaller = SmallDump.Pages.Count(frame =>
            AssertComesBack(encoder, compression, TestData.ReadPage(SmallDump.Dump, frame)));
        Assert.True(smaller > SmallDump.Pages.Count / 2, $"{smaller} of {SmallDump.Pages.Count} pages got smaller");
        var pages = TestData.Bytes("pages.bin");
        for (var at = 0; at < pages.Length; at += TestData.Page)
            AssertComesBack(encoder, compression, pages[at..(at + TestData.Page)]);
    }

    [Theory]
    [MemberData(nameof(Compressions))]
    public void Any_bytes_come_back(DumpCompression compression)
    {
        using var encoder = PageCodec.CreateEncoder(compression)!;
        var content = Gen.Choose(1, 65536).SelectMany(size =>
            Gen.Choose(0, 255).SelectMany(kinds => Gen.Choose(0, kinds).Select(value => (byte)value).ArrayOf(size)));
        Prop.ForAll(content.ToArbitrary(), bytes => { AssertComesBack(encoder, compression, bytes); }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [MemberData(nameof(Compressions))]
    public void Runs_of_all_lengths_and_distances_come_back(DumpCompression compression)
    {
        using var encoder = PageCodec.CreateEncoder(compression)!;
        var random = new Random(5);
        for (var length = 1; length < 1200; length++)
        {
            var page = new byte[65536];
            random.NextBytes(page.AsSpan(0, 2000));
            var distance = random.Next(1, page.Length - 2000 - length);
            for (var i = 0; i < length; i++)
                page[2000 + distance - 1 + i] = page[1000 + i % 1000];
            Assert.True(AssertComesBack(encoder, compression, page));
        }
    }

    /// <summary>
    /// Counts like Fibonacci's numbers make the longest codes there can be:
    /// deflate allows no more than 15 bits, and 7 for the lengths.
    /// </summary>
    [Fact]
    public void Codes_are_no_longer_than_allowed()
    {
        var page = new List<byte>();
        for (var (value, count, next) = ((byte)0, 1, 1); page.Count
            + count < 65536; (value, count, next) = ((byte)(value + 1), next, count + next))
            page.AddRange(Enumerable.Repeat(value, count));
        var random = new Random(3);
        var mixed = page.ToArray();
        random.Shuffle(mixed);
        using var encoder = PageCodec.CreateEncoder(DumpCompression.Zlib)!;
        Assert.True(AssertComesBack(encoder, DumpCompression.Zlib, mixed));
    }

    /// <summary>Returns whether it got smaller; if not it is stored as it is.</summary>
    private static bool AssertComesBack(BlockEncoder encoder, DumpCompression compression, byte[] page)
    {
        var stored = new byte[page.Length + BlockEncoder.Slack];
        var size = encoder.Encode(page, stored);
        if (size >= page.Length)
            return false;
        var flags = compression switch
        {
            DumpCompression.Zlib => PageCodec.Zlib,
            DumpCompression.Lzo => PageCodec.Lzo,
            DumpCompression.Snappy => PageCodec.Snappy,
            _ => PageCodec.Zstd,
        };
        var back = new byte[page.Length];
        Assert.Null(PageCodec.Decode(flags, stored.AsSpan(0, size), back));
        Assert.Equal(page, back);
        return true;
    }
}

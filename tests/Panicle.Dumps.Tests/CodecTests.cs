using FsCheck;
using FsCheck.Fluent;
using Panicle.Formats.Compression;
using Panicle.TestTools;

namespace Panicle.Dumps.Tests;

/// <summary>The codecs against streams of the reference libraries, their own inverse, and broken input.</summary>
public class CodecTests
{
    private delegate int Decoder(ReadOnlySpan<byte> input, Span<byte> output);

    [Theory]
    [InlineData("pages.lzo1x_1")]
    [InlineData("pages.lzo1x_999")]
    [InlineData("pages.snappy")]
    public void Streams_of_the_reference_libraries_decode(string file)
    {
        var pages = TestData.Bytes("pages.bin");
        var output = new byte[TestData.Page];
        var count = 0;
        foreach (var stream in TestData.Streams(file))
        {
            Assert.Equal(TestData.Page, DecoderFor(file)(stream, output));
            Assert.True(output.AsSpan().SequenceEqual(pages.AsSpan(count++ * TestData.Page, TestData.Page)));
        }
        Assert.Equal(pages.Length / TestData.Page, count);
    }

    [Theory]
    [InlineData("whole.lzo1x_999")]
    [InlineData("whole.snappy")]
    public void Far_copies_decode(string file)
    {
        var pages = TestData.Bytes("pages.bin");
        var output = new byte[pages.Length];
        Assert.Equal(pages.Length, DecoderFor(file)(TestData.Bytes(file), output));
        Assert.Equal(pages, output);
    }

    [Fact]
    public void What_is_compressed_decodes()
    {
        // Few different bytes, so that there are matches of all lengths and distances.
        var content = Gen.Choose(0, 5000).SelectMany(size =>
            Gen.Choose(1, 6).SelectMany(kinds => Gen.Choose(0, kinds).Select(value => (byte)value).ArrayOf(size)));
        Prop.ForAll(content.ToArbitrary(), bytes =>
            RoundTrips(LzoDecoder.Decode, LzWriter.Lzo(bytes), bytes)
                && RoundTrips(SnappyDecoder.Decode, LzWriter.Snappy(bytes), bytes))
            .QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("lzo")]
    [InlineData("snappy")]
    [InlineData("zlib")]
    [InlineData("zstd")]
    public void Broken_streams_never_leave_the_output(string codec)
    {
        var random = new Random(11);
        var flags =
            codec switch { "lzo" => PageCodec.Lzo, "snappy" => PageCodec.Snappy, "zlib" => PageCodec.Zlib, _ => PageCodec.Zstd };
        var guarded = new byte[TestData.Page + 64];
        for (var round = 0; round < 3000; round++)
        {
            var page = TestData.ReadPage(SmallDump.Dump, SmallDump.Pages[round % SmallDump.Pages.Count]);
            var stream = Compressor.Compress((Compression)flags, page) ?? page;
            if (round % 3 == 0)
                random.NextBytes(stream);
            else if (round % 3 == 1)
                stream[random.Next(stream.Length)] ^= (byte)(1 << random.Next(8));
            else
                stream = stream[..random.Next(stream.Length)];
            guarded.AsSpan().Fill(0x5a);
            PageCodec.Decode(flags, stream, guarded.AsSpan(32, TestData.Page));
            Assert.Equal(-1, guarded.AsSpan(0, 32).IndexOfAnyExcept((byte)0x5a));
            Assert.Equal(-1, guarded.AsSpan(32 + TestData.Page).IndexOfAnyExcept((byte)0x5a));
        }
    }

    [Fact]
    public void Streams_of_the_wrong_length_are_refused()
    {
        var half = new byte[TestData.Page / 2];
        var twice = new byte[TestData.Page * 2];
        foreach (var compression in new[] { Compression.Zlib, Compression.Lzo, Compression.Snappy, Compression.Zstd })
        {
            Assert.NotNull(PageCodec.Decode((uint)compression, Compressor.Compress(compression, half)!, new byte[TestData.Page]));
            Assert.NotNull(
                PageCodec.Decode((uint)compression, Compressor.Compress(compression, twice)!, new byte[TestData.Page]));
            Assert.NotNull(PageCodec.Decode((uint)compression, [], new byte[TestData.Page]));
        }
    }

    private static Decoder DecoderFor(string file) =>
        file.Contains("lzo", StringComparison.Ordinal) ? LzoDecoder.Decode : SnappyDecoder.Decode;

    private static bool RoundTrips(Decoder decode, byte[] stream, byte[] expected)
    {
        var output = new byte[expected.Length];
        return decode(stream, output) == expected.Length && output.AsSpan().SequenceEqual(expected);
    }
}

using FsCheck;
using FsCheck.Fluent;
using Panicle.Dumps.Sources;
using Panicle.TestTools;

namespace Panicle.Dumps.Tests;

/// <summary>The rearranged view of a flattened stream.</summary>
public class FlattenedTests
{
    /// <summary>Records in any order and overlapping: the last written wins, what was never written is zero.</summary>
    [Fact]
    public void Any_records_read_like_the_rearranged_file()
    {
        Prop.ForAll<(ushort Offset, byte Size)[]>(records =>
        {
            var expected = new byte[70_000];
            var stream = new MemoryStream();
            FlattenedWriter.WriteHeader(stream);
            var end = 0;
            for (var i = 0; i < records.Length; i++)
            {
                var data = Enumerable.Repeat((byte)(i + 1), records[i].Size).ToArray();
                FlattenedWriter.WriteRecord(stream, records[i].Offset, data);
                data.CopyTo(expected, records[i].Offset);
                end = data.Length == 0 ? end : Math.Max(end, records[i].Offset + data.Length);
            }
            FlattenedWriter.WriteEnd(stream);
            using var file = FlattenedFile.Open(new MemorySource("stream", stream.ToArray()));
            var actual = new byte[expected.Length];
            return file.Length == end && !file.IsTruncated && file.Read(0, actual) == end
                && actual.AsSpan().SequenceEqual(expected)
                && records.All(record => ReadByte(file, record.Offset) == (record.Offset < end ? expected[record.Offset] : -1));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void An_overwritten_header_counts_as_written_last()
    {
        var kdump = SmallDump.Make("kdump zstd")[0];
        var stream = new MemoryStream();
        FlattenedWriter.WriteHeader(stream);
        FlattenedWriter.WriteRecord(stream, 0, new byte[12_345]);
        FlattenedWriter.WriteRecord(stream, 5000, kdump.AsSpan(5000));
        FlattenedWriter.WriteRecord(stream, 0, kdump.AsSpan(0, 5000));
        FlattenedWriter.WriteEnd(stream);
        using var dump = TestData.Open(stream.ToArray());
        Assert.Empty(dump.Problems);
        Assert.Equal(SmallDump.Pages, TestData.PagesOf(dump));
    }

    [Fact]
    public void What_follows_the_end_mark_does_not_matter()
    {
        // A dump written to a disk as it is has whatever was on the disk behind it.
        var stream = SmallDump.Make("flattened kdump")[0];
        using var dump = TestData.Open([.. stream, .. Enumerable.Repeat((byte)0xa5, 10_000)]);
        Assert.Empty(dump.Problems);
        Assert.False(dump.Header.IsIncomplete);
    }

    [Fact]
    public void A_broken_record_is_named()
    {
        var stream = SmallDump.Make("flattened kdump")[0];
        stream[4096 + 100_016 + 16 + 100_000] = 0x90; // the third record's offset becomes negative
        using var dump = TestData.Open(stream);
        Assert.Contains(dump.Problems, problem => problem.Contains("record at offset 0x31d60", StringComparison.Ordinal));
    }

    private static int ReadByte(FlattenedFile file, long offset)
    {
        Span<byte> one = stackalloc byte[1];
        return file.Read(offset, one) == 1 ? one[0] : -1;
    }
}

using System.Buffers.Binary;

namespace Panicle.Dumps.Tests;

/// <summary>
/// What is particular to ELF cores: segments that overlap, start or end within a page, or come in great number.
/// </summary>
public class ElfTests
{
    [Fact]
    public void Segments_may_overlap_and_end_within_a_page()
    {
        using var dump = TestData.Open(
            Elf([(0x1000, 0x1000, 0x5000), (0x3800, 0x9c00 - 0x3800, 0x9c00 - 0x3800), (0x2000, 0x1000, 0x1000)]));
        Assert.Equal(0x9c00UL, dump.Limit);
        var bytes = new byte[0x2000];
        Assert.True(dump.TryRead(0x1000, bytes, out _));
        Assert.Equal([1, 1, 3, 3], [bytes[0], bytes[0xfff], bytes[0x1000], bytes[0x1fff]]);
        Assert.True(dump.TryRead(0x3000, bytes, out _));
        Assert.Equal([0, 2, 2], [bytes[0x7ff], bytes[0x800], bytes[0x1fff]]);
        Assert.True(dump.TryRead(0x9000, bytes.AsSpan(0, 0x1000), out _));
        Assert.Equal([2, 0], [bytes[0xbff], bytes[0xc00]]);
        Assert.Equal([new AddressRange(0x1000, 0xa000)], dump.PresentRanges());
    }

    [Fact]
    public void A_tail_that_is_not_stored_was_excluded()
    {
        using var dump = TestData.Open(Elf([(0x1000, 0x1000, 0x5000), (0x10000, 0x1000, 0x1000)]));
        Assert.Equal([PageState.Hole, PageState.Present, PageState.Excluded, PageState.Excluded, PageState.Hole],
            new ulong[] { 0, 0x1000, 0x2000, 0x5000, 0x6000 }.Select(dump.StateOf));
        Assert.True(dump.Header.IsPartial);
    }

    [Fact]
    public void Segments_without_a_physical_address_are_left_out()
    {
        using var dump = TestData.Open(Elf([(ulong.MaxValue, 0x1000, 0x1000), (0x1000, 0x1000, 0x1000)]));
        Assert.Equal(0x2000UL, dump.Limit);
        Assert.Empty(dump.Problems);
    }

    [Fact]
    public void The_number_of_segments_may_exceed_its_field()
    {
        var segments = Enumerable.Range(0, 70_000).Select(i => ((ulong)i * 0x2000, 0UL, 0x1000UL))
            .Append((0x80000000UL, 0x1000UL, 0x1000UL)).ToArray();
        var elf = Elf(segments);
        using var dump = TestData.Open(elf);
        Assert.Equal(PageState.Present, dump.StateOf(0x80000000));
        Assert.Equal(PageState.Excluded, dump.StateOf(69_999UL * 0x2000));
    }

    [Theory]
    [InlineData(1L << 36, 1 << 20, true)]
    [InlineData(1L << 33, 64 << 20, false)]
    [InlineData(1L << 30, 1 << 20, false)]
    public void A_sparse_file_that_claims_much_and_has_next_to_nothing_of_it_has_no_pages_in_its_holes(
        long claimed, long extent, bool isUnproven)
    {
        var path = Path.Combine(Path.GetTempPath(), $"panicle-sparse-{Guid.NewGuid():N}");
        try
        {
            const int Head = 0x1000;
            File.WriteAllBytes(path, Elf([(0, 0x1000, 0x1000)]));
            using (var file = new FileStream(path, FileMode.Open))
            {
                var header = new byte[8];
                BinaryPrimitives.WriteInt64LittleEndian(header, claimed);
                foreach (var at in new[] { 128 + 32, 128 + 40 })
                {
                    file.Position = at;
                    file.Write(header);
                }
                BinaryPrimitives.WriteInt64LittleEndian(header, Head);
                file.Position = 128 + 8;
                file.Write(header);
                file.SetLength(Head);
                file.Position = Head + claimed / 2;
                var megabyte = new byte[1 << 20];
                Array.Fill(megabyte, (byte)7);
                for (long done = 0; done < extent; done += megabyte.Length)
                    file.Write(megabyte);
                file.SetLength(Head + claimed);
            }
            using var dump = DumpReader.Open(path);
            Assert.Equal(isUnproven ? PageState.Excluded : PageState.Present, dump.StateOf((ulong)claimed / 4));
            Assert.Equal(PageState.Present, dump.StateOf((ulong)claimed / 2 + 0x1000));
            var bytes = new byte[1];
            Assert.True(dump.TryRead((ulong)claimed / 2 + 0x1fff, bytes, out _));
            Assert.Equal(7, bytes[0]);
            Assert.Equal(isUnproven, dump.Problems.Any(problem => problem.Contains("holes", StringComparison.Ordinal)));
            Assert.Equal([new AddressRange(0, (ulong)claimed)], dump.MachineRanges());
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>A core whose segments' bytes are 1, 2, 3…</summary>
    private static byte[] Elf((ulong Physical, ulong FileSize, ulong MemorySize)[] segments)
    {
        var output = new MemoryStream();
        var header = new byte[128];
        ((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1]).CopyTo(header);
        header[16] = 4;
        header[18] = 62;
        header[32] = 128;
        header[40] = 64;
        header[54] = 56;
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(56), (ushort)Math.Min(segments.Length, 0xffff));
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(64 + 44), segments.Length);
        output.Write(header);
        var offset = 128UL + (56UL * (ulong)segments.Length);
        foreach (var (physical, fileSize, memorySize) in segments)
        {
            ulong[] fields = [1, offset, 0, physical, fileSize, memorySize, 0];
            foreach (var field in fields)
                output.Write(BitConverter.GetBytes(field));
            offset += fileSize;
        }
        for (var i = 0; i < segments.Length; i++)
            output.Write(Enumerable.Repeat((byte)(i + 1), (int)segments[i].FileSize).ToArray());
        return output.ToArray();
    }
}

using System.Buffers.Binary;

namespace Panicle.Lab;

/// <summary>
/// Puts together what <c>/proc/vmcore</c> of the capture kernel reads as: its head, which that kernel made, and the memory that
/// its program headers name, from the file that is the guest's memory. Reading it all inside the guest gives the same and takes
/// a minute, since the emulated kernel maps one page at a time.
/// </summary>
internal static class Vmcore
{
    /// <summary>
    /// How much of the file to get from the guest: ELF header, program headers and notes fit with room to spare.
    /// </summary>
    public const int HeadSize = 8 * 4096;

    /// <summary>The capture kernel itself uses a few pages of the first megabyte, so these may change while it copies.</summary>
    public const int TolerablePages = 8;

    private const int ProgramHeaderSize = 56;
    private const int LoadSegment = 1;
    private const int Page = 4096;

    /// <summary>Writes the file; runs of zero bytes become holes in it.</summary>
    public static void Assemble(byte[] head, string memory, string output)
    {
        var loads = Loads(head).ToList();
        var headEnd = loads.Min(load => load.Offset);
        if (headEnd > head.Length)
            throw new LabException($"the head of /proc/vmcore is {headEnd} bytes long, more than the {head.Length} fetched");
        using var source = File.OpenRead(memory);
        using var target = File.Create(output);
        target.Write(head.AsSpan(0, (int)headEnd));
        foreach (var (offset, address, size) in loads)
            Copy(source, address, target, offset, size);
        target.SetLength(loads.Max(load => load.Offset + load.Size));
    }

    /// <summary>Compares two files page by page; the pages that one has and the other hasn't count too.</summary>
    public static long CountDifferentPages(string left, string right)
    {
        using var first = File.OpenRead(left);
        using var second = File.OpenRead(right);
        var different = (Math.Abs(first.Length - second.Length) + Page - 1) / Page;
        byte[] page = new byte[Page], other = new byte[Page];
        while (first.ReadAtLeast(page, Page, throwOnEndOfStream: false) == Page
            && second.ReadAtLeast(other, Page, throwOnEndOfStream: false) == Page)
        {
            if (!page.AsSpan().SequenceEqual(other))
                different++;
        }
        return different;
    }

    private static IEnumerable<(long Offset, long Address, long Size)> Loads(byte[] head)
    {
        var table = (int)BinaryPrimitives.ReadInt64LittleEndian(head.AsSpan(32));
        var count = BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(56));
        for (var i = 0; i < count; i++)
        {
            var header = head.AsMemory(table + (i * ProgramHeaderSize), ProgramHeaderSize);
            long Field(int at) => BinaryPrimitives.ReadInt64LittleEndian(header.Span[at..]);
            if (BinaryPrimitives.ReadInt32LittleEndian(header.Span) == LoadSegment)
                yield return (Field(8), Field(24), Field(32));
        }
    }

    private static void Copy(FileStream source, long from, FileStream target, long to, long size)
    {
        var buffer = new byte[1 << 20];
        source.Position = from;
        for (long done = 0; done < size;)
        {
            var part = (int)Math.Min(buffer.Length, size - done);
            source.ReadExactly(buffer, 0, part);
            WritePages(target, to + done, buffer.AsSpan(0, part));
            done += part;
        }
    }

    private static void WritePages(FileStream target, long to, ReadOnlySpan<byte> bytes)
    {
        for (var at = 0; at < bytes.Length; at += Page)
        {
            var page = bytes.Slice(at, Math.Min(Page, bytes.Length - at));
            if (!page.ContainsAnyExcept((byte)0))
                continue;
            target.Position = to + at;
            target.Write(page);
        }
    }
}

using Panicle.Dumps.Sources;

namespace Panicle.Dumps.Kdump;

/// <summary>
/// One kdump-compressed file: a whole dump or one of a split set. Bitmap 1 says which pages the machine had, bitmap 2
/// which of them are in the dump; each of those has a descriptor, in page order, and the descriptor says where
/// the page's data is. The files of a split set have both bitmaps of the whole dump, and descriptors for their own
/// range of pages only.
/// </summary>
internal sealed class KdumpPart : IDisposable
{
    /// <summary>Descriptors kept together in memory.</summary>
    private const int BlockDescriptors = 64;
    private const int KeptBlocks = 512;

    /// <summary>Most bytes of page data taken in one read.</summary>
    private const int WindowBytes = 64 * 1024;

    private readonly DescriptorBlock?[] _kept = new DescriptorBlock?[KeptBlocks];
    private readonly int _pageSize;

    /// <summary>Where the page of zeros is that all zero pages share; −1 until it was seen.</summary>
    private long _zeroAt = -1;

    /// <summary>Sets up the bitmaps; takes ownership of the source.</summary>
    public KdumpPart(ByteSource source, KdumpHeader header)
    {
        Source = source;
        Header = header;
        _pageSize = header.BlockSize;
        Ram = new PageBitmap(source, header.BitmapsAt, header.Pages);
        Dumped = new PageBitmap(source, header.BitmapsAt + header.BitmapBytes, header.Pages);
    }

    public ByteSource Source { get; }

    public KdumpHeader Header { get; }

    /// <summary>Bitmap 1: the memory that the machine had.</summary>
    public PageBitmap Ram { get; }

    /// <summary>Bitmap 2: the pages in the dump.</summary>
    public PageBitmap Dumped { get; }

    /// <summary>
    /// What a page is that the machine had and that isn't among those in the dump. Writers that list them as they go leave what
    /// they never came to as if it had been filtered.
    /// </summary>
    public PageResult LeftOut
    {
        get
        {
            if ((Header.Status & KdumpHeader.StatusIncomplete) == 0)
                return new PageResult(PageState.Excluded);
            return (Header.DumpLevel & ~1) == 0
                ? new PageResult(PageState.BeyondEnd, "it was never written: the dump is incomplete")
                : new PageResult(PageState.Excluded, "or was never written: the dump is incomplete");
        }
    }

    /// <summary>Whether this file is the one that has a page's data, if any file has.</summary>
    public bool Covers(ulong page) => page >= Header.FirstPage && page < Header.EndPage;

    /// <summary>Whether a page can be had, judged by its descriptor.</summary>
    public PageResult StateOf(ulong page) => Find(page, out _);

    /// <summary>Reads and decodes one page.</summary>
    public PageResult Read(ulong page, Span<byte> buffer)
    {
        var result = Find(page, out var descriptor);
        if (result.State != PageState.Present)
            return result;
        if (IsZeroPage(descriptor))
        {
            buffer.Clear();
            return result;
        }
        var stored = Scratch.Stored((int)descriptor.Size);
        return Source.TryFill(descriptor.Offset, stored) ? Decode(descriptor, stored, buffer) : Unreadable(descriptor);
    }

    /// <summary>Reads and decodes pages in a row, with one read for their descriptors and few for their data.</summary>
    public PageResult ReadRow(ulong first, Span<byte> buffer, out int good)
    {
        good = 0;
        var count = buffer.Length / _pageSize;
        var end = Math.Min(first + (ulong)count, Dumped.Next(first, false));
        var row = (int)(end - first);
        if (row > 0)
        {
            var result = ReadDumped(first, buffer[..(row * _pageSize)], out good);
            if (result.State != PageState.Present)
                return result;
        }
        return row == count ? PageResult.Present : Find(end, out _);
    }

    /// <summary>
    /// Where the file must end at least for its last page to be whole, or 0 if that can't be told cheaply. Page data
    /// begins right behind the descriptors, with the page of zeros that all zero pages share (makedumpfile, QEMU), so
    /// that the lowest offset among the first descriptors tells how many descriptors there are. A page's size is
    /// 16 modulo a descriptor's, by which the two cases are told apart.
    /// </summary>
    public long ExpectedLength()
    {
        Span<byte> bytes = stackalloc byte[256 * KdumpPageDescriptor.Bytes];
        var lowest = long.MaxValue;
        var count = Source.Read(Header.DescriptorsAt, bytes) / KdumpPageDescriptor.Bytes;
        for (var i = 0; i < count; i++)
        {
            var descriptor = KdumpPageDescriptor.Read(bytes[(i * KdumpPageDescriptor.Bytes)..]);
            if (descriptor.Offset > Header.DescriptorsAt && descriptor.Size > 0)
                lowest = Math.Min(lowest, descriptor.Offset);
        }
        if (lowest == long.MaxValue)
            return 0;
        var room = lowest - Header.DescriptorsAt;
        if (room % KdumpPageDescriptor.Bytes == _pageSize % KdumpPageDescriptor.Bytes)
            room -= _pageSize;
        if (room <= 0 || room % KdumpPageDescriptor.Bytes != 0)
            return 0;
        // The very last page may be one of zeros, so look at some before it too.
        var last = bytes[..(int)Math.Min(room, bytes.Length)];
        if (!Source.TryFill(Header.DescriptorsAt + room - last.Length, last))
            return lowest; // even the descriptors are cut
        long end = 0;
        for (; !last.IsEmpty; last = last[KdumpPageDescriptor.Bytes..])
        {
            var descriptor = KdumpPageDescriptor.Read(last);
            if (descriptor.Size > (uint)_pageSize || descriptor.Offset is < 0 or > 1L << 60)
                return 0;
            end = Math.Max(end, descriptor.Offset + descriptor.Size);
        }
        return end;
    }

    /// <summary>The first descriptors' compression, for the format's name: the header of some writers doesn't tell.</summary>
    public string? SampleCompression()
    {
        Span<byte> bytes = stackalloc byte[256 * KdumpPageDescriptor.Bytes];
        var count = Source.Read(Header.DescriptorsAt, bytes) / KdumpPageDescriptor.Bytes;
        string? name = null;
        for (var i = 0; i < count; i++)
        {
            var descriptor = KdumpPageDescriptor.Read(bytes[(i * KdumpPageDescriptor.Bytes)..]);
            if (Check(descriptor, 0).State != PageState.Present)
                continue;
            name = PageCodec.NameOf(descriptor.Flags);
            if (descriptor.Flags != 0)
                break; // one stored page doesn't say that the others are stored too
        }
        return name;
    }

    public void Dispose() => Source.Dispose();

    private PageResult ReadDumped(ulong first, Span<byte> buffer, out int good)
    {
        var count = buffer.Length / _pageSize;
        Span<byte> bytes = stackalloc byte[BlockDescriptors * KdumpPageDescriptor.Bytes];
        var at = Header.DescriptorsAt + (IndexOf(first) * KdumpPageDescriptor.Bytes);
        var window = Scratch.Stored(Math.Max(WindowBytes, _pageSize));
        long windowStart = 0, windowEnd = 0;
        for (good = 0; good < count; good++)
        {
            var index = good % BlockDescriptors;
            if (index == 0)
            {
                var wanted = Math.Min(BlockDescriptors, count - good) * KdumpPageDescriptor.Bytes;
                var size = Source.Read(at + ((long)good * KdumpPageDescriptor.Bytes), bytes[..wanted]);
                bytes[size..].Clear(); // a missing descriptor reads like one that was never written
            }
            var descriptor = KdumpPageDescriptor.Read(bytes[(index * KdumpPageDescriptor.Bytes)..]);
            var result = Check(descriptor, at + ((long)good * KdumpPageDescriptor.Bytes));
            if (result.State != PageState.Present)
                return result;
            var page = buffer.Slice(good * _pageSize, _pageSize);
            if (IsZeroPage(descriptor))
            {
                page.Clear();
                continue;
            }
            if (descriptor.Offset < windowStart || descriptor.Offset + descriptor.Size > windowEnd)
            {
                var ahead = RunLength(bytes, index, Math.Min(BlockDescriptors, count - good + index), window.Length);
                windowStart = descriptor.Offset;
                windowEnd = windowStart + Source.Read(windowStart, window[..ahead]);
                if (descriptor.Offset + descriptor.Size > windowEnd)
                    return Unreadable(descriptor);
            }
            result = Decode(descriptor, window.Slice((int)(descriptor.Offset - windowStart), (int)descriptor.Size), page);
            if (result.State != PageState.Present)
                return result;
        }
        return PageResult.Present;
    }

    /// <summary>How many bytes from a descriptor's data on belong to it and to those that follow it without a gap.</summary>
    private int RunLength(ReadOnlySpan<byte> descriptors, int index, int end, int most)
    {
        var descriptor = KdumpPageDescriptor.Read(descriptors[(index * KdumpPageDescriptor.Bytes)..]);
        long length = descriptor.Size;
        for (var i = index + 1; i < end; i++)
        {
            var next = KdumpPageDescriptor.Read(descriptors[(i * KdumpPageDescriptor.Bytes)..]);
            if (IsZeroPage(next))
                continue;
            if (next.Offset != descriptor.Offset + length || next.Size > _pageSize || length + next.Size > most)
                break;
            length += next.Size;
        }
        return (int)length;
    }

    private PageResult Find(ulong page, out KdumpPageDescriptor descriptor)
    {
        descriptor = default;
        var dumped = Dumped.Test(page);
        if (dumped is null)
            return new PageResult(PageState.BeyondEnd, "the file ends inside the page bitmaps");
        if (!dumped.Value)
            return Ram.Test(page) == true ? LeftOut : new PageResult(PageState.Hole);
        var index = IndexOf(page);
        descriptor = GetDescriptor(index);
        return Check(descriptor, Header.DescriptorsAt + (index * KdumpPageDescriptor.Bytes));
    }

    /// <summary>The index of a dumped page's descriptor in this file.</summary>
    private long IndexOf(ulong page) => Dumped.Rank(page) - (Header.FirstPage == 0 ? 0 : Dumped.Rank(Header.FirstPage));

    private KdumpPageDescriptor GetDescriptor(long index)
    {
        var number = index / BlockDescriptors;
        ref var slot = ref _kept[number % KeptBlocks];
        var block = Volatile.Read(ref slot);
        if (block is null || block.Number != number)
        {
            var bytes = new byte[BlockDescriptors * KdumpPageDescriptor.Bytes];
            // Descriptors that the file ends before stay zero, like those that were never written.
            var size = Source.Read(Header.DescriptorsAt + (number * bytes.Length), bytes);
            bytes.AsSpan(size / KdumpPageDescriptor.Bytes * KdumpPageDescriptor.Bytes).Clear();
            block = new DescriptorBlock(number, bytes);
            Volatile.Write(ref slot, block);
        }
        return KdumpPageDescriptor.Read(block.Bytes.AsSpan((int)(index % BlockDescriptors) * KdumpPageDescriptor.Bytes));
    }

    private PageResult Check(KdumpPageDescriptor descriptor, long at)
    {
        if (descriptor is { Offset: 0, Size: 0 })
            return new PageResult(PageState.BeyondEnd, Source.LastError);
        if (descriptor.Size == 0 || descriptor.Size > (uint)_pageSize || !PageCodec.IsKnown(descriptor.Flags))
            return Damaged($"descriptor with size {descriptor.Size} and flags 0x{descriptor.Flags:x}", at);
        if (descriptor.Offset == 0)
            return new PageResult(PageState.BeyondEnd);
        if (descriptor.Offset < Header.DescriptorsAt)
            return Damaged($"descriptor that points to offset 0x{descriptor.Offset:x}, which isn't page data", at);
        return Source.Holds(descriptor.Offset, descriptor.Size) ? PageResult.Present : new PageResult(PageState.BeyondEnd);
    }

    private PageResult Damaged(string what, long at) => new(PageState.Damaged, $"{what} at offset 0x{at:x} of {Source.Path}");

    private PageResult Unreadable(KdumpPageDescriptor descriptor) => Source.LastError is { } error
        ? new PageResult(PageState.Damaged, $"{error}, at offset 0x{descriptor.Offset:x} of {Source.Path}")
        : new PageResult(PageState.BeyondEnd, $"no data at offset 0x{descriptor.Offset:x} of {Source.Path}");

    private bool IsZeroPage(KdumpPageDescriptor descriptor) =>
        descriptor.Flags == 0 && descriptor.Offset == Volatile.Read(ref _zeroAt);

    private PageResult Decode(KdumpPageDescriptor descriptor, ReadOnlySpan<byte> stored, Span<byte> page)
    {
        if (PageCodec.Decode(descriptor.Flags, stored, page) is { } wrong)
            return Damaged(wrong, descriptor.Offset);
        if (descriptor.Flags == 0 && !stored.ContainsAnyExcept((byte)0))
            Volatile.Write(ref _zeroAt, descriptor.Offset);
        return PageResult.Present;
    }

    private sealed record DescriptorBlock(long Number, byte[] Bytes);
}

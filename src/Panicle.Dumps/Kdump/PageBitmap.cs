using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Panicle.Dumps.Sources;

namespace Panicle.Dumps.Kdump;

/// <summary>
/// One of a kdump file's bitmaps: a bit for each page frame, least significant bit first. It is read in blocks as they
/// are asked for; a few hundred recent ones are kept. The rank of a page (how many bits are set before it, which is
/// the index of its descriptor) comes from a count for each block, made in one pass up to the furthest block that was
/// asked for: 8 bytes of memory for 4 KB of bitmap, which stand for 128 MB of the machine's memory.
/// </summary>
internal sealed class PageBitmap
{
    /// <summary>Bytes of a block.</summary>
    public const int BlockBytes = 4096;

    /// <summary>Pages that a block stands for.</summary>
    public const int BlockPages = BlockBytes * 8;

    private const int KeptBlocks = 256;
    private const int PassBytes = 64 * BlockBytes;

    /// <summary>Bitmaps from this size on are counted by all processors.</summary>
    private const int ParallelBlocks = 1024;

    private readonly ByteSource _source;
    private readonly long _offset;

    /// <summary>Bytes of the bitmap that the file has.</summary>
    private readonly long _size;
    private readonly Block?[] _kept = new Block?[KeptBlocks];
    private readonly Lock _ranking = new();

    /// <summary>Set bits before each block, for the first <see cref="_ranked"/> blocks and the one after them.</summary>
    private long[] _ranks = new long[1];
    private int _ranked;

    /// <summary>Describes a bitmap; reads nothing yet.</summary>
    /// <param name="source">The kdump file.</param>
    /// <param name="offset">Where the bitmap starts in it.</param>
    /// <param name="pages">How many pages it has bits for.</param>
    public PageBitmap(ByteSource source, long offset, ulong pages)
    {
        _source = source;
        _offset = offset;
        Pages = pages;
        _size = Math.Clamp(source.Length - offset, 0, (long)((pages + 7) / 8));
        BlockCount = (int)((_size + BlockBytes - 1) / BlockBytes);
    }

    /// <summary>How many pages the bitmap has bits for.</summary>
    public ulong Pages { get; }

    /// <summary>Number of blocks that the file has, the last perhaps not full.</summary>
    public int BlockCount { get; }

    /// <summary>A page's bit; null where the file ends before it.</summary>
    public bool? Test(ulong page)
    {
        if (page >= Pages)
            return false;
        var index = (int)(page / BlockPages);
        if (index >= BlockCount)
            return null;
        var block = GetBlock(index);
        var bit = (int)(page % BlockPages);
        return bit / 8 < block.Size ? (block.Bytes[bit / 8] >> (bit & 7) & 1) != 0 : null;
    }

    /// <summary>How many bits are set before a page's own.</summary>
    public long Rank(ulong page)
    {
        var index = (int)Math.Min(page / BlockPages, (ulong)BlockCount);
        if (index == BlockCount)
            return BlockRank(index);
        var rank = BlockRank(index);
        var within = (int)(page % BlockPages);
        return within == 0 ? rank : rank + CountBefore(GetBlock(index).Bytes, within);
    }

    /// <summary>
    /// The first page at or after <paramref name="page"/> whose bit is <paramref name="value"/>, or <see cref="Pages"/>.
    /// </summary>
    public ulong Next(ulong page, bool value)
    {
        while (page < Pages)
        {
            var index = (int)(page / BlockPages);
            if (index >= BlockCount)
                return value ? Pages : page;
            var found = NextInBlock(GetBlock(index).Bytes, (int)(page % BlockPages), value);
            if (found < BlockPages)
                return Math.Min(Pages, (ulong)index * BlockPages + (ulong)found);
            page = ((ulong)index + 1) * BlockPages;
        }
        return Pages;
    }

    private static int NextInBlock(byte[] bytes, int bit, bool value)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(bytes.AsSpan());
        for (var i = bit / 64; i < words.Length; i++)
        {
            var word = BitConverter.IsLittleEndian ? words[i] : BinaryPrimitives.ReverseEndianness(words[i]);
            if (!value)
                word = ~word;
            if (i == bit / 64)
                word &= ulong.MaxValue << (bit & 63);
            if (word != 0)
                return i * 64 + BitOperations.TrailingZeroCount(word);
        }
        return BlockPages;
    }

    private static long CountBefore(byte[] bytes, int bits)
    {
        var count = Count(bytes.AsSpan(0, bits / 64 * 8));
        for (var i = bits / 64 * 8; i < bits / 8; i++)
            count += BitOperations.PopCount(bytes[i]);
        return count + BitOperations.PopCount((uint)(bytes[bits / 8] & ((1 << (bits & 7)) - 1)));
    }

    private static long Count(ReadOnlySpan<byte> bytes)
    {
        long count = 0;
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(bytes))
            count += BitOperations.PopCount(word);
        return count;
    }

    private Block GetBlock(int index)
    {
        ref var slot = ref _kept[index % KeptBlocks];
        var block = Volatile.Read(ref slot);
        if (block is not null && block.Index == index)
            return block;
        var bytes = new byte[BlockBytes];
        var size = ReadBlocks(index, bytes);
        bytes.AsSpan(size).Clear();
        block = new Block(index, bytes, size);
        Volatile.Write(ref slot, block);
        return block;
    }

    /// <summary>
    /// Reads consecutive blocks, clearing what lies past the last page's bit; returns how many bytes the file had.
    /// </summary>
    private int ReadBlocks(int index, Span<byte> buffer)
    {
        var start = (long)index * BlockBytes;
        var wanted = (int)Math.Min(buffer.Length, _size - start);
        var size = _source.Read(_offset + start, buffer[..wanted]);
        buffer[size..].Clear();
        var lastByte = (long)(Pages / 8) - start;
        if ((Pages & 7) != 0 && lastByte < size)
            buffer[(int)lastByte] &= (byte)((1 << (int)(Pages & 7)) - 1);
        return size;
    }

    private long BlockRank(int index)
    {
        if (index > Volatile.Read(ref _ranked))
        {
            lock (_ranking)
            {
                if (index > _ranked)
                    ExtendRanks(index);
            }
        }
        return Volatile.Read(ref _ranks)[index];
    }

    /// <summary>Counts on from the last ranked block. Readers that hold the old array keep seeing valid ranks in it.</summary>
    private void ExtendRanks(int index)
    {
        var from = _ranked;
        // A pass costs a read anyway: go on to the end of it.
        var until = Math.Min(BlockCount, Math.Max(index, from + PassBytes / BlockBytes));
        var ranks = _ranks;
        if (ranks.Length <= until)
        {
            ranks = new long[Math.Min(BlockCount, Math.Max(until, ranks.Length * 2)) + 1];
            _ranks.AsSpan(0, from + 1).CopyTo(ranks);
        }
        var passes = (until - from + PassBytes / BlockBytes - 1) / (PassBytes / BlockBytes);
        if (until - from >= ParallelBlocks)
            Parallel.For(0, passes, pass => CountPass(from, until, pass, ranks));
        else
            for (var pass = 0; pass < passes; pass++)
                CountPass(from, until, pass, ranks);
        for (var i = from; i < until; i++)
            ranks[i + 1] += ranks[i];
        Volatile.Write(ref _ranks, ranks);
        Volatile.Write(ref _ranked, until);
    }

    /// <summary>Counts each block of one pass; the count of block i goes to ranks[i + 1].</summary>
    private void CountPass(int from, int until, int pass, long[] ranks)
    {
        var first = from + pass * (PassBytes / BlockBytes);
        var count = Math.Min(PassBytes / BlockBytes, until - first);
        var rented = ArrayPool<byte>.Shared.Rent(PassBytes);
        var buffer = rented.AsSpan(0, count * BlockBytes);
        ReadBlocks(first, buffer);
        for (var i = 0; i < count; i++)
            ranks[first + i + 1] = Count(buffer.Slice(i * BlockBytes, BlockBytes));
        ArrayPool<byte>.Shared.Return(rented);
    }

    private sealed record Block(int Index, byte[] Bytes, int Size);
}

using System.Numerics;
using System.Runtime.InteropServices;

namespace Panicle.Dumps.Writing;

/// <summary>
/// A set of page frames: a bit for each, in blocks of 4 KB that stand for 128 MB of memory. Blocks in which no frame or
/// every frame is in the set cost nothing, so that a machine's memory as a whole is a few hundred bytes, and the set of a
/// filtered dump at most 32 MB for each terabyte. Not thread-safe while it is changed.
/// </summary>
public sealed class PageSet
{
    /// <summary>Bytes of a block, least significant bit first, as a kdump file's bitmaps have them.</summary>
    public const int BlockBytes = 4096;

    /// <summary>Frames that a block stands for.</summary>
    public const int BlockPages = BlockBytes * 8;

    private static readonly ulong[] Full = MakeFull();

    private readonly ulong[]?[] _blocks;

    /// <summary>Makes an empty set; its blocks are made when frames are added.</summary>
    /// <param name="limit">One past the highest frame that can be in it.</param>
    public PageSet(ulong limit)
    {
        Limit = limit;
        _blocks = new ulong[]?[checked((int)((limit + BlockPages - 1) / BlockPages))];
    }

    /// <summary>One past the highest frame that can be in the set.</summary>
    public ulong Limit { get; }

    /// <summary>How many frames are in it.</summary>
    public ulong Count => CountBetween(0, Limit);

    /// <summary>Whether a frame is in it.</summary>
    public bool Contains(ulong page) =>
        page < Limit && _blocks[page / BlockPages] is { } block && (block[page % BlockPages / 64] >> (int)(page & 63) & 1) != 0;

    /// <summary>Adds frames; those past <see cref="Limit"/> are left out.</summary>
    public void Add(ulong first, ulong count = 1) => Change(first, count, add: true);

    /// <summary>Takes page frames out of the set.</summary>
    public void Remove(ulong first, ulong count = 1) => Change(first, count, add: false);

    /// <summary>The first frame from <paramref name="page"/> on that is in the set (or isn't), or <see cref="Limit"/>.</summary>
    public ulong Next(ulong page, bool isIn) => Next(page, isIn, Limit);

    /// <summary>The same, looking no further than a frame; that one or a later one if there is none before.</summary>
    private ulong Next(ulong page, bool isIn, ulong to)
    {
        while (page < to)
        {
            var block = _blocks[page / BlockPages];
            var end = Math.Min((page / BlockPages + 1) * BlockPages, Limit);
            if (block is null || block == Full)
            {
                if (block == Full == isIn)
                    return page;
                page = end;
                continue;
            }
            var word = block[page % BlockPages / 64];
            word = (isIn ? word : ~word) & (ulong.MaxValue << (int)(page & 63));
            if (word != 0)
                return Math.Min((page & ~63UL) + (ulong)BitOperations.TrailingZeroCount(word), Limit);
            page = (page & ~63UL) + 64;
        }
        return Math.Min(Math.Max(page, to), Limit);
    }

    /// <summary>The runs of frames in the set, ascending, within a range.</summary>
    public IEnumerable<(ulong First, ulong End)> Runs(ulong from = 0, ulong to = ulong.MaxValue)
    {
        to = Math.Min(to, Limit);
        for (var first = Next(from, true, to); first < to; first = Next(first, true, to))
        {
            var end = Math.Min(Next(first, false, to), to);
            yield return (first, end);
            first = end;
        }
    }

    /// <summary>How many frames of a range are in the set.</summary>
    public ulong CountBetween(ulong from, ulong to)
    {
        ulong count = 0;
        for (var index = from / BlockPages; index * BlockPages < Math.Min(to, Limit); index++)
        {
            var start = index * BlockPages;
            if (_blocks[index] is not { } block)
                continue;
            if (from <= start && start + BlockPages <= to)
                count += block == Full ? BlockPages : CountBits(block);
            else
                count += CountPart(block, Math.Max(from, start) - start, Math.Min(Math.Min(to, Limit) - start, BlockPages));
        }
        return count;
    }

    /// <summary>A copy that can be changed by itself.</summary>
    public PageSet Clone()
    {
        var copy = new PageSet(Limit);
        for (var i = 0; i < _blocks.Length; i++)
            copy._blocks[i] = _blocks[i] is { } block && block != Full ? (ulong[])block.Clone() : _blocks[i];
        return copy;
    }

    /// <summary>Writes a block's bits; frames past the set's limit are zero.</summary>
    /// <param name="index">Number of the block.</param>
    /// <param name="bytes"><see cref="BlockBytes"/> long.</param>
    public void CopyBlock(int index, Span<byte> bytes)
    {
        bytes.Clear();
        if (index >= _blocks.Length || _blocks[index] is not { } block)
            return;
        MemoryMarshal.AsBytes(block.AsSpan()).CopyTo(bytes);
        var last = Limit - (ulong)index * BlockPages;
        if (last >= BlockPages)
            return;
        bytes[(int)((last + 7) / 8)..].Clear();
        if ((last & 7) != 0)
            bytes[(int)(last / 8)] &= (byte)((1 << (int)(last & 7)) - 1);
    }

    private void Change(ulong first, ulong count, bool add)
    {
        var end = first < Limit ? Math.Min(Limit, first + Math.Min(count, Limit - first)) : first;
        while (first < end)
        {
            ref var block = ref _blocks[first / BlockPages];
            var blockEnd = (first / BlockPages + 1) * BlockPages;
            var until = Math.Min(end, blockEnd);
            if (first % BlockPages == 0 && (until == blockEnd || until == Limit))
                block = add ? Full : null;
            else if (block != (add ? Full : null))
                ChangeBits(Own(ref block), first % BlockPages, until - first / BlockPages * BlockPages, add);
            first = until;
        }
    }

    private static ulong[] Own(ref ulong[]? block)
    {
        if (block is null)
            block = new ulong[BlockPages / 64];
        else if (block == Full)
            block = (ulong[])Full.Clone();
        return block;
    }

    private static void ChangeBits(ulong[] block, ulong from, ulong to, bool add)
    {
        for (var bit = from; bit < to;)
        {
            var until = Math.Min(to, (bit & ~63UL) + 64);
            var mask = (until - bit == 64 ? ulong.MaxValue : (1UL << (int)(until - bit)) - 1) << (int)(bit & 63);
            if (add)
                block[bit / 64] |= mask;
            else
                block[bit / 64] &= ~mask;
            bit = until;
        }
    }

    private static ulong CountBits(ulong[] block)
    {
        var count = 0;
        foreach (var word in block)
            count += BitOperations.PopCount(word);
        return (ulong)count;
    }

    private static ulong CountPart(ulong[] block, ulong from, ulong to)
    {
        ulong count = 0;
        for (var bit = from; bit < to;)
        {
            var until = Math.Min(to, (bit & ~63UL) + 64);
            var mask = (until - bit == 64 ? ulong.MaxValue : (1UL << (int)(until - bit)) - 1) << (int)(bit & 63);
            count += (ulong)BitOperations.PopCount(block[bit / 64] & mask);
            bit = until;
        }
        return count;
    }

    private static ulong[] MakeFull()
    {
        var full = new ulong[BlockPages / 64];
        Array.Fill(full, ulong.MaxValue);
        return full;
    }
}

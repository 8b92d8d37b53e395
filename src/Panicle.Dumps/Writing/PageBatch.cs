using Panicle.Formats.Compression;

namespace Panicle.Dumps.Writing;

/// <summary>Pages on their way into a dump: read and stored by one thread, then committed in their order.</summary>
internal sealed class PageBatch
{
    /// <summary>Most pages in a batch.</summary>
    public const int MostPages = 256;

    private readonly int _pageSize;
    private readonly byte[] _latest = new byte[4 * MostPages];

    public PageBatch(int pageSize)
    {
        _pageSize = pageSize;
        Data = GC.AllocateUninitializedArray<byte>(MostPages * pageSize + BlockEncoder.Slack);
    }

    /// <summary>Position in the order in which batches are committed.</summary>
    public long Number { get; set; }

    /// <summary>Which file of a split dump the pages belong to; all to the same.</summary>
    public int Part { get; set; }

    /// <summary>The frames, in the order in which they are written.</summary>
    public ulong[] Frames { get; } = new ulong[MostPages];

    /// <summary>How many of the part's pages have lower frames than each.</summary>
    public long[] Indexes { get; } = new long[MostPages];

    /// <summary>How many there are.</summary>
    public int Count { get; set; }

    /// <summary>How each is stored.</summary>
    public StoredPage[] Pages { get; } = new StoredPage[MostPages];

    /// <summary>What is stored of them, one after another.</summary>
    public byte[] Data { get; }

    /// <summary>Bytes of <see cref="Data"/> that are used.</summary>
    public int Length { get; private set; }

    /// <summary>Prepares for new pages.</summary>
    public void Clear()
    {
        Count = Length = 0;
        Array.Clear(Hashes);
        Array.Clear(_latest);
    }

    /// <summary>The hash of each page's content that is stored; 0 of others.</summary>
    public ulong[] Hashes { get; } = new ulong[MostPages];

    /// <summary>The page in this batch whose content has a hash, or −1; where hashes meet, only the latest is found.</summary>
    public int Find(ulong hash)
    {
        var index = _latest[SlotOf(hash)];
        return Hashes[index] == hash ? index : -1;
    }

    /// <summary>Has a page found by the hash of its content.</summary>
    public void Remember(int index, ulong hash)
    {
        Hashes[index] = hash;
        _latest[SlotOf(hash)] = (byte)index;
    }

    private static int SlotOf(ulong hash) => (int)(hash >> 16) & (4 * MostPages - 1);

    /// <summary>Takes as many pages of a stretch as there is room for; returns the first frame that is left.</summary>
    public ulong Take(PageStretch stretch, ulong from)
    {
        for (; from < stretch.End && Count < MostPages; from++, Count++)
        {
            Frames[Count] = from;
            Indexes[Count] = stretch.Index + (long)(from - stretch.First);
        }
        return from;
    }

    public void Store(int index, ReadOnlySpan<byte> page, BlockEncoder? encoder, uint flags)
    {
        var size = encoder?.Encode(page, Data.AsSpan(Length, _pageSize + BlockEncoder.Slack)) ?? _pageSize;
        if (size >= _pageSize)
        {
            page.CopyTo(Data.AsSpan(Length));
            (size, flags) = (_pageSize, 0);
        }
        Pages[index] = new StoredPage(PageContent.Data, Length, size, flags);
        Length += size;
    }
}

/// <summary>What is stored of a page.</summary>
internal enum PageContent : byte
{
    /// <summary>Its bytes, compressed or not.</summary>
    Data,

    /// <summary>Nothing: it is all zeros.</summary>
    Zero,

    /// <summary>Nothing: a page before it has the same content, whose place is in the file.</summary>
    Same,

    /// <summary>Nothing: it could not be read.</summary>
    Lost,
}

/// <summary>Where a page's bytes are in a batch.</summary>
/// <param name="Content">What is stored.</param>
/// <param name="Offset">Where, in bytes from the batch's first; from the file's first if it is another batch's.</param>
/// <param name="Size">Bytes stored.</param>
/// <param name="Flags">Compression, as in a page descriptor.</param>
internal readonly record struct StoredPage(PageContent Content, long Offset, int Size, uint Flags)
{
    public static StoredPage Zero => new(PageContent.Zero, 0, 0, 0);

    public static StoredPage Lost => new(PageContent.Lost, 0, 0, 0);
}

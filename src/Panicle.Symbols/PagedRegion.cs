using System.Buffers.Binary;
using Panicle.Dumps;

namespace Panicle.Symbols;

/// <summary>
/// A table in the dump's memory of which only the pages that a lookup touches are read. A binary search over a
/// megabyte then costs a dozen pages, and a lost page costs the lookups that need it and no others. Thread-safe.
/// </summary>
internal sealed class PagedRegion
{
    private const int PageBytes = IMemory.SmallestPage;

    // Published once each; two threads that race read the same bytes twice, which is harmless.
    private static readonly byte[] Unreadable = [];

    private readonly IMemory _memory;
    private readonly AddressRange _range;

    // Pages are the memory's own, so that a lost one costs no more than itself: the first may start inside its page.
    private readonly int _skew;
    private readonly byte[]?[] _pages;

    public PagedRegion(IMemory memory, AddressRange range)
    {
        _memory = memory;
        _range = range;
        _skew = (int)(range.Start & (PageBytes - 1));
        _pages = new byte[]?[(int)((range.Length + (ulong)_skew + PageBytes - 1) / PageBytes)];
    }

    public AddressRange Range => _range;

    public ulong Length => _range.Length;

    public bool TryRead(ulong offset, Span<byte> buffer)
    {
        if (offset > Length || (ulong)buffer.Length > Length - offset)
            return false;
        while (!buffer.IsEmpty)
        {
            var rest = From(offset);
            if (rest.IsEmpty)
                return false;
            if (rest.Length > buffer.Length)
                rest = rest[..buffer.Length];
            rest.CopyTo(buffer);
            buffer = buffer[rest.Length..];
            offset += (ulong)rest.Length;
        }
        return true;
    }

    public bool TryReadInt32(ulong offset, out int value)
    {
        var rest = offset < Length ? From(offset) : default;
        if (BinaryPrimitives.TryReadInt32LittleEndian(rest, out value))
            return true;
        // It crosses into the next page, or can't be read.
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        var read = TryRead(offset, bytes);
        value = read ? BinaryPrimitives.ReadInt32LittleEndian(bytes) : 0;
        return read;
    }

    /// <summary>The rest of the page from an offset inside the region; empty if it can't be read.</summary>
    private ReadOnlySpan<byte> From(ulong offset)
    {
        var skewed = offset + (ulong)_skew;
        var index = (int)(skewed / PageBytes);
        var page = Page(index);
        var within = (int)(skewed & (PageBytes - 1)) - (index == 0 ? _skew : 0);
        return page.Length == 0 ? default : page.AsSpan(within);
    }

    private byte[] Page(int index)
    {
        var page = Volatile.Read(ref _pages[index]);
        if (page is not null)
            return page;
        var start = index == 0 ? 0 : ((ulong)index * PageBytes) - (ulong)_skew;
        var end = Math.Min(((ulong)(index + 1) * PageBytes) - (ulong)_skew, Length);
        page = new byte[(int)(end - start)];
        if (!_memory.TryRead(_range.Start + start, page, out _))
            page = Unreadable;
        Volatile.Write(ref _pages[index], page);
        return page;
    }
}

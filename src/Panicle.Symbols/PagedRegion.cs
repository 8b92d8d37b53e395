using System.Buffers.Binary;
using Panicle.Dumps;

namespace Panicle.Symbols;

/// <summary>
/// A table in the dump's memory of which only the pages that a lookup touches are read. A binary search over a
/// megabyte then costs a dozen pages, and a lost page costs the lookups that need it and no others. Thread-safe.
/// </summary>
internal sealed class PagedRegion
{
    private const int PageShift = 12;
    private const int PageBytes = 1 << PageShift;

    // Published once each; two threads that race read the same bytes twice, which is harmless.
    private static readonly byte[] Unreadable = [];

    private readonly IMemory _memory;
    private readonly AddressRange _range;
    private readonly byte[]?[] _pages;

    public PagedRegion(IMemory memory, AddressRange range)
    {
        _memory = memory;
        _range = range;
        _pages = new byte[]?[(int)((range.Length + PageBytes - 1) >> PageShift)];
    }

    public AddressRange Range => _range;

    public ulong Length => _range.Length;

    public bool TryRead(ulong offset, Span<byte> buffer)
    {
        if (offset > Length || (ulong)buffer.Length > Length - offset)
            return false;
        while (!buffer.IsEmpty)
        {
            var page = Page((int)(offset >> PageShift));
            var within = (int)(offset & (PageBytes - 1));
            if (within >= page.Length)
                return false;
            var part = page.AsSpan(within);
            if (part.Length > buffer.Length)
                part = part[..buffer.Length];
            part.CopyTo(buffer);
            buffer = buffer[part.Length..];
            offset += (ulong)part.Length;
        }
        return true;
    }

    public bool TryReadInt32(ulong offset, out int value)
    {
        var page = offset < Length ? Page((int)(offset >> PageShift)) : Unreadable;
        var within = (int)(offset & (PageBytes - 1));
        if (within + sizeof(int) <= page.Length)
        {
            value = BinaryPrimitives.ReadInt32LittleEndian(page.AsSpan(within));
            return true;
        }
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        var read = TryRead(offset, bytes);
        value = read ? BinaryPrimitives.ReadInt32LittleEndian(bytes) : 0;
        return read;
    }

    /// <summary>The page's bytes; an empty array if it can't be read, fewer than a page at the region's end.</summary>
    private byte[] Page(int index)
    {
        var page = Volatile.Read(ref _pages[index]);
        if (page is not null)
            return page;
        var offset = (ulong)index << PageShift;
        page = new byte[(int)Math.Min(PageBytes, Length - offset)];
        if (!_memory.TryRead(_range.Start + offset, page, out _))
            page = Unreadable;
        Volatile.Write(ref _pages[index], page);
        return page;
    }
}

namespace Panicle.Dumps;

/// <summary>
/// What the formats have in common: reads of any length made of pages, the page cache, and large reads spread over the
/// processors. A format says how to read one page and, if it can do that better, a row of pages.
/// </summary>
internal abstract class PagedDump : DumpFile
{
    /// <summary>Reads of fewer pages than this leave their pages in the cache; longer ones pass it by.</summary>
    private const int BulkPages = 8;

    /// <summary>Reads of at least this many pages are spread over the processors.</summary>
    private const int ParallelPages = 64;

    /// <summary>Pages that one processor takes at a time.</summary>
    private const int ChunkPages = 32;

    private readonly PageCache? _cache;
    private readonly int _pageShift;

    /// <summary>Sets up the cache.</summary>
    /// <param name="pageSize">Page size in bytes, a power of two.</param>
    /// <param name="cacheBytes">Most bytes of pages to keep; 0 for memory that changes while it is read.</param>
    protected PagedDump(int pageSize, int cacheBytes)
    {
        PageSize = pageSize;
        _pageShift = System.Numerics.BitOperations.TrailingZeroCount(pageSize);
        _cache = cacheBytes > 0 ? new PageCache(pageSize, cacheBytes) : null;
    }

    /// <inheritdoc/>
    public sealed override int PageSize { get; }

    /// <inheritdoc/>
    public sealed override PageState StateOf(ulong address) => StateOfPage(address >> _pageShift).State;

    /// <inheritdoc/>
    public sealed override bool TryRead(ulong address, Span<byte> buffer, out MemoryFault fault)
    {
        fault = default;
        while (!buffer.IsEmpty)
        {
            var page = address >> _pageShift;
            var within = (int)(address & (ulong)(PageSize - 1));
            int length;
            PageResult result;
            if (within == 0 && buffer.Length >= BulkPages << _pageShift)
            {
                length = buffer.Length >> _pageShift << _pageShift;
                result = ReadBulk(page, buffer[..length], out var good);
                if (result.State != PageState.Present)
                    return Fail(result, address + ((ulong)good << _pageShift), out fault);
            }
            else
            {
                length = Math.Min(buffer.Length, PageSize - within);
                result = ReadPart(page, within, buffer[..length]);
                if (result.State != PageState.Present)
                    return Fail(result, address, out fault);
            }
            buffer = buffer[length..];
            address += (ulong)length;
            if (address == 0 && !buffer.IsEmpty)
                return Fail(
                    new PageResult(PageState.Hole, "the read runs past the end of the address space"), ulong.MaxValue, out fault);
        }
        return true;
    }

    /// <inheritdoc/>
    public sealed override bool TryReadPages(ulong frame, Span<byte> buffer) =>
        ReadPages(frame, buffer, out _).State == PageState.Present;

    /// <summary>Whether pages take decoding, so that many of them are worth other processors' time.</summary>
    protected virtual bool IsDecoded => true;

    /// <summary>Whether a page can be had, without decoding it.</summary>
    protected abstract PageResult StateOfPage(ulong page);

    /// <summary>Reads one whole page.</summary>
    protected abstract PageResult ReadPage(ulong page, Span<byte> buffer);

    /// <summary>
    /// Reads pages in a row; <paramref name="good"/> says how many came before the one that the result is about.
    /// </summary>
    protected virtual PageResult ReadPages(ulong first, Span<byte> buffer, out int good)
    {
        for (good = 0; good << _pageShift < buffer.Length; good++)
        {
            var result = ReadPage(first + (ulong)good, buffer.Slice(good << _pageShift, PageSize));
            if (result.State != PageState.Present)
                return result;
        }
        return PageResult.Present;
    }

    private static bool Fail(PageResult result, ulong address, out MemoryFault fault)
    {
        fault = new MemoryFault(result.State, address, result.Detail);
        return false;
    }

    private PageResult ReadPart(ulong page, int within, Span<byte> buffer)
    {
        if (_cache is null)
            return ReadUncached(page, within, buffer);
        if (_cache.TryCopy(page, within, buffer))
            return PageResult.Present;
        var whole = buffer.Length == PageSize ? buffer : Scratch.Page(PageSize);
        var result = ReadPage(page, whole);
        if (result.State != PageState.Present)
            return result;
        _cache.Insert(page, whole);
        if (buffer.Length != PageSize)
            whole.Slice(within, buffer.Length).CopyTo(buffer);
        return result;
    }

    private PageResult ReadUncached(ulong page, int within, Span<byte> buffer)
    {
        var whole = buffer.Length == PageSize ? buffer : Scratch.Page(PageSize);
        var result = ReadPage(page, whole);
        if (result.State == PageState.Present && buffer.Length != PageSize)
            whole.Slice(within, buffer.Length).CopyTo(buffer);
        return result;
    }

    private unsafe PageResult ReadBulk(ulong first, Span<byte> buffer, out int good)
    {
        var pages = buffer.Length >> _pageShift;
        if (pages < ParallelPages || !IsDecoded || Environment.ProcessorCount == 1)
            return ReadPages(first, buffer, out good);
        fixed (byte* start = buffer)
        {
            var bulk = new Bulk(this, first, start, pages);
            // Reads that fail mostly fail at their start: don't wake the other processors for that.
            bulk.ReadChunk(0);
            if (bulk.Good > 0)
                Parallel.For(1, (pages + ChunkPages - 1) / ChunkPages, bulk.ReadChunk);
            good = bulk.Good;
            return bulk.Result;
        }
    }

    /// <summary>A large read in progress; the first page that fails, in address order, decides the result.</summary>
    private sealed unsafe class Bulk(PagedDump dump, ulong first, byte* start, int pages)
    {
        private readonly Lock _lock = new();
        private int _good = int.MaxValue;

        /// <summary>Pages before the first one that failed.</summary>
        public int Good => Math.Min(_good, pages);

        public PageResult Result { get; private set; } = PageResult.Present;

        public void ReadChunk(int chunk)
        {
            var from = chunk * ChunkPages;
            if (from > Volatile.Read(ref _good))
                return; // an earlier page has failed
            var count = Math.Min(ChunkPages, pages - from);
            var buffer = new Span<byte>(start + ((long)from << dump._pageShift), count << dump._pageShift);
            var result = dump.ReadPages(first + (ulong)from, buffer, out var good);
            if (result.State == PageState.Present)
                return;
            lock (_lock)
            {
                if (from + good >= _good)
                    return;
                _good = from + good;
                Result = result;
            }
        }
    }
}

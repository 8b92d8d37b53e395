namespace Panicle.Kernel.Mm;

/// <summary>Frames in a row that are used for the same.</summary>
/// <param name="First">The first frame.</param>
/// <param name="Count">How many.</param>
/// <param name="Use">What for.</param>
public readonly record struct PageRun(ulong First, ulong Count, PageUse Use);

/// <summary>
/// What each page of memory was used for, from its <c>struct page</c>, in one pass over all of them: what a filter of dumps
/// needs. It works with the kernel's own types, and without them with VMCOREINFO.
/// </summary>
public sealed class PageClasses
{
    /// <summary>Frames whose <c>struct page</c>s are read together.</summary>
    private const int Block = 1024;

    /// <summary>
    /// So many of them come first: a block of memory mostly is one of free pages as a whole, and only its first page says so.
    /// </summary>
    private const int Probe = 64;

    private const ulong MostOrder = 20;

    private readonly KernelDump _kernel;
    private readonly PageWords _words;
    private readonly MemorySections _sections;
    private readonly byte[] _block;
    private readonly byte[] _heads;
    private readonly ulong _largestOrder;
    private ulong _freeUntil;
    private ulong _headAddress;
    private PageUse _headUse;

    /// <summary>Finds out how this kernel describes its pages.</summary>
    /// <param name="kernel">The dump.</param>
    /// <param name="withTypes">Whether the kernel's types may be used; without them VMCOREINFO has to do.</param>
    /// <exception cref="KernelReadException">The dump doesn't say.</exception>
    public PageClasses(KernelDump kernel, bool withTypes = true)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        _kernel = kernel;
        _words = PageWords.Of(kernel, withTypes);
        _sections = new MemorySections(kernel);
        _block = new byte[(Block + 1) * _words.Size];
        _heads = new byte[2 * _words.Size];
        _largestOrder = kernel.Info.LengthOf("zone.free_area") is > 0 and <= (long)MostOrder and var orders
            ? (ulong)orders - 1
            : MostOrder;
    }

    /// <summary>Where the layout of <c>struct page</c> is known from, for people.</summary>
    public string Source => _words.Source;

    /// <summary>What could not be read; complete after a walk.</summary>
    public Losses Losses => _sections.Losses;

    /// <summary>Blocks of free pages that say of themselves what can't be; their pages count as the kernel's.</summary>
    public long BrokenFreeBlocks { get; private set; }

    /// <summary>
    /// The use of every frame in a range of physical addresses, ascending, in runs. Frames without a <c>struct page</c>
    /// are the kernel's. Not for two threads at once.
    /// </summary>
    /// <param name="ranges">The memory that is asked about, ascending.</param>
    /// <param name="cancellation">Stops the walk.</param>
    public IEnumerable<PageRun> Walk(IEnumerable<AddressRange> ranges, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(ranges);
        BrokenFreeBlocks = 0;
        _headAddress = _freeUntil = 0;
        var run = default(PageRun);
        foreach (var next in Blocks(ranges).SelectMany(block => InBlock(block, cancellation)))
        {
            if (next.Use == run.Use && next.First == run.First + run.Count)
            {
                run = run with { Count = run.Count + next.Count };
                continue;
            }
            if (run.Count > 0)
                yield return run;
            run = next;
        }
        if (run.Count > 0)
            yield return run;
    }

    /// <summary>The pieces in which the <c>struct page</c>s are read: within one section and one range.</summary>
    private IEnumerable<MemorySection> Blocks(IEnumerable<AddressRange> ranges)
    {
        using var sections = _sections.All(_words.Size).GetEnumerator();
        var more = sections.MoveNext();
        foreach (var range in ranges)
        {
            var frame = range.Start >> _kernel.PageShift;
            var end = (range.End + _kernel.PageSize - 1) >> _kernel.PageShift;
            while (frame < end)
            {
                while (more && sections.Current.End <= frame)
                    more = sections.MoveNext();
                if (!more)
                    break;
                var section = sections.Current;
                frame = Math.Max(frame, section.First);
                var until = Math.Min(Math.Min(end, section.End), EndOfPiece(frame));
                if (frame < until)
                    yield return new MemorySection(frame, until, section.Map + (frame - section.First) * (ulong)_words.Size);
                frame = Math.Max(until, frame);
            }
        }
    }

    private ulong EndOfPiece(ulong frame)
    {
        if (frame < _freeUntil)
            return _freeUntil;
        var start = frame & ~(Block - 1UL);
        return frame == start ? frame + Probe : start + Block;
    }

    private List<PageRun> InBlock(MemorySection block, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (block.End <= _freeUntil)
            return [new PageRun(block.First, block.End - block.First, PageUse.Free)];
        var runs = new List<PageRun>();
        var count = (int)(block.End - block.First);
        var bytes = _block.AsSpan(0, count * _words.Size);
        var whole = _kernel.Memory.TryRead(block.Map, bytes, out _);
        for (var i = 0; i < count;)
        {
            var frame = block.First + (ulong)i;
            if (frame < _freeUntil)
            {
                var rest = (int)Math.Min(_freeUntil - frame, (ulong)(count - i));
                Add(runs, frame, (ulong)rest, PageUse.Free);
                i += rest;
                continue;
            }
            var address = block.Map + (ulong)(i * _words.Size);
            var page = bytes.Slice(i * _words.Size, _words.Size);
            if (!whole && !_kernel.Memory.TryRead(address, page, out _))
            {
                Add(runs, frame, 1, PageUse.Unknown);
                i++;
                continue;
            }
            var second = whole && i + 1 < count ? bytes.Slice((i + 1) * _words.Size, _words.Size) : [];
            Add(runs, frame, 1, UseOf(frame, address, page, second));
            i++;
        }
        return runs;
    }

    private PageUse UseOf(ulong frame, ulong address, ReadOnlySpan<byte> page, ReadOnlySpan<byte> second)
    {
        var head = _words.HeadOf(address, page);
        if (head != 0)
            return UseOfTail(head);
        if (second.IsEmpty && _kernel.Memory.TryRead(address + (ulong)_words.Size, _heads.AsSpan(0, _words.Size), out _))
            second = _heads.AsSpan(0, _words.Size);
        var use = _words.UseOf(page, second);
        if (use == PageUse.Free)
            use = StartFree(frame, _words.OrderOf(page));
        _headAddress = address;
        _headUse = use;
        return use;
    }

    private PageUse UseOfTail(ulong head)
    {
        if (head == _headAddress)
            return _headUse;
        _headAddress = head;
        _headUse = PageUse.Unknown;
        if (_kernel.Memory.TryRead(head, _heads, out _) && _words.HeadOf(head, _heads) == 0)
            _headUse = _words.UseOf(_heads.AsSpan(0, _words.Size), _heads.AsSpan(_words.Size));
        // A tail of a free block is no tail: the block's pages are left as their last users had them.
        if (_headUse == PageUse.Free)
            _headUse = PageUse.Kernel;
        return _headUse;
    }

    /// <summary>A block of free pages begins: the pages after the first say nothing of themselves.</summary>
    private PageUse StartFree(ulong frame, ulong order)
    {
        if (order > _largestOrder || (frame & ((1UL << (int)order) - 1)) != 0)
        {
            BrokenFreeBlocks++;
            return PageUse.Kernel;
        }
        _freeUntil = frame + (1UL << (int)order);
        return PageUse.Free;
    }

    private static void Add(List<PageRun> runs, ulong first, ulong count, PageUse use)
    {
        if (runs.Count > 0 && runs[^1] is var last && last.Use == use && last.First + last.Count == first)
            runs[^1] = last with { Count = last.Count + count };
        else
            runs.Add(new PageRun(first, count, use));
    }
}

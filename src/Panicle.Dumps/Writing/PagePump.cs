using System.Runtime.ExceptionServices;
using Panicle.Formats.Compression;

namespace Panicle.Dumps.Writing;

/// <summary>
/// Takes pages from a dump through compression into a file. Each thread takes the next batch of pages, reads and compresses it,
/// and hands it over. A file takes one write at a time: the thread that finds no other writing writes all that is handed over,
/// and the others go on. Memory is a batch for each thread and one or two that wait,
/// a little over 1 MB each, however large the dump.
/// </summary>
internal sealed class PagePump
{
    /// <summary>Pages that are read together: few enough for the source to leave the reading to this thread.</summary>
    private const int RunPages = 32;

    private readonly DumpFile _source;
    private readonly DumpFormatWriter _writer;
    private readonly DumpWriteOptions _options;
    private readonly CancellationToken _cancellation;
    private readonly long _total;
    private readonly int _threads;
    private readonly SamePages _known = new();
    private readonly object _handing = new();
    private readonly Queue<(PageBatch Batch, long Place)> _ready = new();
    private readonly Stack<PageBatch> _free = new();
    private readonly Lock _taking = new();
    private readonly IEnumerator<PageStretch> _order;
    private ExceptionDispatchInfo? _failure;
    private ulong _nextFrame;
    private bool _isAtEnd;
    private long _taken;
    private long _placed;
    private bool _isWriting;
    private long _done;
    private long _zero;
    private long _lost;
    private long _bytes;
    private string? _firstLoss;

    public PagePump(
        DumpFile source, DumpContent content, DumpFormatWriter writer, DumpWriteOptions options, CancellationToken cancellation)
    {
        _source = source;
        _writer = writer;
        _options = options;
        _cancellation = cancellation;
        _total = (long)content.Dumped.Count;
        _threads = Math.Max(1, options.Threads);
        for (var i = 0; i < _threads + Math.Min(2, _threads - 1); i++)
            _free.Push(new PageBatch(source.PageSize));
        var before = writer.TakesAnyOrder ? content.Before : [];
        _order = new PageOrder(content.Dumped, writer.Listed ?? content.Dumped, writer.Parts, before).All().GetEnumerator();
        Advance();
    }

    public WriteResult Run()
    {
        var helpers = new Thread[_threads - 1];
        for (var i = 0; i < helpers.Length; i++)
        {
            helpers[i] = new Thread(Work) { IsBackground = true, Name = "pages" };
            helpers[i].Start();
        }
        Work();
        foreach (var helper in helpers)
            helper.Join();
        _failure?.Throw();
        _cancellation.ThrowIfCancellationRequested();
        return new WriteResult(_done, _zero, _lost, _bytes, _firstLoss);
    }

    private void Work()
    {
        try
        {
            using var encoder = PageCodec.CreateEncoder(_options.Compression);
            var buffer = GC.AllocateUninitializedArray<byte>((RunPages + 1) * _source.PageSize);
            while (FreeBatch() is { } batch && TryTake(batch))
            {
                Fill(batch, buffer, encoder);
                if (TryHandOver(batch))
                    WriteReady();
            }
        }
        catch (Exception failure) // Whatever it is, the other threads must not wait for this one's batch.
        {
            lock (_handing)
            {
                _failure ??= ExceptionDispatchInfo.Capture(failure);
                Monitor.PulseAll(_handing);
            }
        }
    }

    private PageBatch? FreeBatch()
    {
        lock (_handing)
        {
            while (_free.Count == 0 && _failure is null)
                Monitor.Wait(_handing);
            return _failure is null ? _free.Pop() : null;
        }
    }

    private bool TryTake(PageBatch batch)
    {
        lock (_taking)
        {
            batch.Clear();
            if (_isAtEnd || Volatile.Read(ref _failure) is not null || _cancellation.IsCancellationRequested)
                return false;
            batch.Part = _order.Current.Part;
            batch.Number = _taken++;
            while (!_isAtEnd && _order.Current.Part == batch.Part)
            {
                _nextFrame = batch.Take(_order.Current, _nextFrame);
                if (_nextFrame < _order.Current.End)
                    break; // It is full.
                Advance();
            }
            return true;
        }
    }

    private void Advance()
    {
        _isAtEnd = !_order.MoveNext();
        if (!_isAtEnd)
            _nextFrame = _order.Current.First;
    }

    private void Fill(PageBatch batch, byte[] buffer, BlockEncoder? encoder)
    {
        var size = _source.PageSize;
        var other = buffer.AsSpan(RunPages * size, size);
        for (var index = 0; index < batch.Count;)
        {
            var run = 1;
            while (run < RunPages && index + run < batch.Count && batch.Frames[index + run] == batch.Frames[index] + (ulong)run)
                run++;
            FillRun(batch, index, buffer.AsSpan(0, run * size), other, encoder);
            index += run;
        }
    }

    private void FillRun(PageBatch batch, int index, Span<byte> bytes, Span<byte> other, BlockEncoder? encoder)
    {
        var size = _source.PageSize;
        using var borrowed = _source.BorrowPages(batch.Frames[index], bytes.Length / size);
        var there = borrowed.Bytes;
        var read = there.IsEmpty && _source.TryReadPages(batch.Frames[index], bytes);
        for (; bytes.Length > 0; bytes = bytes[size..], index++)
        {
            var page = bytes[..size];
            if (!there.IsEmpty)
            {
                // Pages of zeros are most of what there is where they aren't left out,
                // and copying one costs as much as looking at it.
                if (_options.Edit is null && ZeroPage.Is(there[..size]))
                    batch.Pages[index] = StoredPage.Zero;
                else
                    Store(batch, index, Copied(there[..size], page), other, encoder);
                there = there[size..];
            }
            else if (read || _source.TryRead(batch.Frames[index] * (ulong)size, page, out var fault))
            {
                Store(batch, index, page, other, encoder);
            }
            else
            {
                batch.Pages[index] = StoredPage.Lost;
                Interlocked.CompareExchange(ref _firstLoss, fault.ToString(), null);
            }
        }
    }

    private static Span<byte> Copied(ReadOnlySpan<byte> from, Span<byte> to)
    {
        from.CopyTo(to);
        return to;
    }

    private void Store(PageBatch batch, int index, Span<byte> page, Span<byte> other, BlockEncoder? encoder)
    {
        _options.Edit?.Invoke(batch.Frames[index], page);
        if (ZeroPage.Is(page))
            batch.Pages[index] = StoredPage.Zero;
        else if (!TryShare(batch, index, page, other))
            batch.Store(index, page, encoder, _writer.PageFlags);
    }

    /// <summary>Has a page share what is stored of an equal one, which is in the file or in this batch.</summary>
    private bool TryShare(PageBatch batch, int index, ReadOnlySpan<byte> page, Span<byte> other)
    {
        if (!_writer.SharesPages)
            return false;
        var hash = SamePages.HashOf(page);
        var before = batch.Find(hash);
        var known = default(KnownPage);
        if (before < 0 && !_known.TryFind(hash, out known))
        {
            batch.Remember(index, hash);
            return false;
        }
        var frame = before >= 0 ? batch.Frames[before] : known.Frame;
        if (!_source.TryReadPages(frame, other))
            return false;
        _options.Edit?.Invoke(frame, other);
        if (!other.SequenceEqual(page))
            return false;
        batch.Pages[index] = before >= 0
            ? batch.Pages[before]
            : new StoredPage(PageContent.Same, known.Place, known.Size, known.Flags);
        return true;
    }

    /// <summary>Gives a batch its place in the file; true if it is for this thread to write now.</summary>
    private bool TryHandOver(PageBatch batch)
    {
        lock (_handing)
        {
            while (!_writer.TakesAnyOrder && _placed != batch.Number && _failure is null)
                Monitor.Wait(_handing);
            if (_failure is not null)
                return false;
            var place = _writer.Place(batch);
            if (_writer.SharesPages)
                _known.Add(batch, place);
            _ready.Enqueue((batch, place));
            _placed++;
            Monitor.PulseAll(_handing);
            return !_isWriting && (_isWriting = true);
        }
    }

    private void WriteReady()
    {
        while (NextReady() is (var batch, var place))
        {
            _writer.Write(batch, place);
            lock (_handing)
            {
                Count(batch);
                _free.Push(batch);
                Monitor.PulseAll(_handing);
            }
        }
    }

    private (PageBatch Batch, long Place)? NextReady()
    {
        lock (_handing)
        {
            _isWriting = _ready.TryDequeue(out var next);
            return _isWriting ? next : null;
        }
    }

    private void Count(PageBatch batch)
    {
        _done += batch.Count;
        _bytes += batch.Length;
        for (var i = 0; i < batch.Count; i++)
        {
            if (batch.Pages[i].Content == PageContent.Zero)
                _zero++;
            else if (batch.Pages[i].Content == PageContent.Lost)
                _lost++;
        }
        _options.Progress?.Invoke(new WriteProgress(_done, _total, _bytes));
    }
}

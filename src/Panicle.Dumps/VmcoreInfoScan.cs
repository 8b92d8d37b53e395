
namespace Panicle.Dumps;

/// <summary>
/// Finds the kernel's note to dump tools in memory, for dumps that don't carry it (QEMU's without its vmcoreinfo device).
/// The kernel keeps the text in a page of its own from boot on (kernel/vmcore_info.c: <c>vmcoreinfo_data</c>), and
/// the text begins "OSRELEASE=".
/// </summary>
public static class VmcoreInfoScan
{
    private const int ChunkPages = 32;

    /// <summary>
    /// A search ends after this many pages that can't be read: a badly cut dump is not worth walking to its end.
    /// </summary>
    private const int MostFailures = 1_000_000;

    /// <summary>
    /// Reads through the memory with all processors until the note is found; costs one pass over the pages that are in
    /// the dump at worst.
    /// </summary>
    /// <param name="memory">The memory to search.</param>
    /// <param name="cancellation">Stops the search.</param>
    /// <returns>The note, or null if no page holds it.</returns>
    public static VmcoreInfo? Find(IPhysicalMemory memory, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(memory);
        using var search = new Search(memory, cancellation);
        Parallel.For(0, Environment.ProcessorCount, _ => search.Run());
        cancellation.ThrowIfCancellationRequested();
        return search.Found;
    }

    /// <summary>The note if this page holds it.</summary>
    private static VmcoreInfo? Recognise(ReadOnlySpan<byte> page)
    {
        if (!page.StartsWith("OSRELEASE="u8) || page.IndexOf("\nPAGESIZE="u8) < 0)
            return null;
        return new VmcoreInfo(page);
    }

    private sealed class Search(IPhysicalMemory memory, CancellationToken cancellation) : IDisposable
    {
        private readonly IEnumerator<AddressRange> _ranges = memory.PresentRanges().GetEnumerator();
        private readonly Lock _lock = new();
        private AddressRange _rest;
        private int _failures;
        private volatile VmcoreInfo? _found;

        public VmcoreInfo? Found => _found;

        public void Run()
        {
            var buffer = new byte[ChunkPages * memory.PageSize];
            while (_found is null && Volatile.Read(ref _failures) < MostFailures && !cancellation.IsCancellationRequested
                && TryTake((ulong)buffer.Length, out var chunk))
                SearchChunk(chunk, buffer);
        }

        public void Dispose() => _ranges.Dispose();

        /// <summary>Hands the next chunk to a processor.</summary>
        private bool TryTake(ulong size, out AddressRange chunk)
        {
            lock (_lock)
            {
                while (_rest.Length == 0)
                {
                    if (!_ranges.MoveNext())
                    {
                        chunk = default;
                        return false;
                    }
                    _rest = _ranges.Current;
                }
                chunk = new AddressRange(_rest.Start, _rest.Start + Math.Min(size, _rest.Length));
                _rest = new AddressRange(chunk.End, _rest.End);
                return true;
            }
        }

        private void SearchChunk(AddressRange chunk, byte[] buffer)
        {
            var pageSize = (ulong)memory.PageSize;
            var at = chunk.Start;
            while (at < chunk.End)
            {
                var span = buffer.AsSpan(0, (int)(chunk.End - at));
                // On a page that can't be read: look at those before it, and go on behind it.
                var good = memory.TryRead(at, span, out var fault) ? chunk.End : fault.Address & ~(pageSize - 1);
                for (var page = at; page < good; page += pageSize)
                {
                    if (Recognise(span.Slice((int)(page - at), (int)pageSize)) is { } info)
                        _found = info;
                }
                if (good < chunk.End)
                    Interlocked.Increment(ref _failures);
                at = good < chunk.End ? Math.Max(good, at) + pageSize : chunk.End;
            }
        }
    }
}

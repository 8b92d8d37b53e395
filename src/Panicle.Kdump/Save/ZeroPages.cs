using Panicle.Dumps;
using Panicle.Dumps.Writing;

namespace Panicle.Kdump.Save;

/// <summary>
/// Finds the pages of zeros, for ELF files: those have to know before the first page is written which are left out. In
/// kdump files such pages share one, and no pass is needed.
/// </summary>
internal static class ZeroPages
{
    private const int RunPages = 32;
    private const ulong BlockPages = 8192;

    /// <summary>Takes pages of zeros out of a set.</summary>
    /// <param name="dump">The dump.</param>
    /// <param name="pages">The set.</param>
    /// <param name="threads">How many look.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <param name="working">Is told now and then, by any of them, that it goes on.</param>
    public static void Remove(
        DumpFile dump, PageSet pages, int threads, CancellationToken cancellation, Action? working = null)
    {
        var found = new Lock();
        var blocks = (int)((pages.Limit + BlockPages - 1) / BlockPages);
        var from = pages.Clone();
        Parallel.For(
            0, blocks, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation }, block =>
        {
            working?.Invoke();
            var zeros = Find(dump, from, (ulong)block * BlockPages, cancellation);
            lock (found)
            {
                foreach (var frame in zeros)
                    pages.Remove(frame);
            }
        });
    }

    private static List<ulong> Find(DumpFile dump, PageSet pages, ulong start, CancellationToken cancellation)
    {
        var zeros = new List<ulong>();
        var size = dump.PageSize;
        byte[]? buffer = null; // Most blocks of a file that claims terabytes have nothing.
        foreach (var (first, end) in pages.Runs(start, start + BlockPages))
        {
            for (var frame = first; frame < end; frame += RunPages)
            {
                cancellation.ThrowIfCancellationRequested();
                buffer ??= new byte[RunPages * size];
                var count = (int)Math.Min(RunPages, end - frame);
                // A run with a page that can't be read is kept: writing it will find out which.
                if (!dump.TryRead(frame * (ulong)size, buffer.AsSpan(0, count * size), out _))
                    continue;
                for (var i = 0; i < count; i++)
                {
                    if (ZeroPage.Is(buffer.AsSpan(i * size, size)))
                        zeros.Add(frame + (ulong)i);
                }
            }
        }
        return zeros;
    }
}

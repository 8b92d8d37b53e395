using Panicle.Kernel;

namespace Panicle.Reports.Sections;

/// <summary>One line of the table of the memory's use.</summary>
/// <param name="Name">What: "total", "free", "slab"…</param>
/// <param name="Bytes">How much.</param>
public sealed record MemoryLine(string Name, ulong Bytes)
{
    internal static IReadOnlyList<MemoryLine> Read(KernelDump kernel, Losses losses)
    {
        var statistics = kernel.Mm.Statistics;
        var lines = new List<MemoryLine>();
        Add("total", () => statistics.Total);
        Add("free", () => statistics.Free);
        Add("processes", () => statistics.Anonymous);
        Add("page cache", () => statistics.Cached);
        Add("buffers", () => statistics.Buffers);
        Add("shared", () => statistics.Shared);
        Add("slab", () => statistics.Slab);
        Add("page tables", () => statistics.PageTables);
        Add("swap used", () => statistics.SwapTotal - statistics.SwapFree);
        return lines;

        void Add(string name, Func<long> pages)
        {
            if (losses.Try($"memory, {name}", pages) is { } count)
                lines.Add(new MemoryLine(name, (ulong)Math.Max(0, count) * kernel.PageSize));
        }
    }
}

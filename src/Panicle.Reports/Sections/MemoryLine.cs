using Panicle.Kernel;

namespace Panicle.Reports.Sections;

/// <summary>One line of the table of the memory's use.</summary>
/// <param name="Name">What: "total", "free", "slab"…</param>
/// <param name="Bytes">How much.</param>
public sealed record MemoryLine(string Name, ulong Bytes)
{
    internal static IReadOnlyList<MemoryLine> Read(KernelDump kernel) => [new("total", kernel.System.TotalMemory)];
}

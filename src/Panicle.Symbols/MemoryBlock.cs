using Panicle.Dumps;

namespace Panicle.Symbols;

/// <summary>Reads a large block of which some pages may be lost.</summary>
internal static class MemoryBlock
{
    // Within a chunk the dump decodes pages side by side; only a chunk that lacks some is read page by page.
    private const int ChunkBytes = 1 << 20;

    /// <summary>Reads the block; what can't be read is zero. Lost bytes are reported as ranges of offsets, ascending.</summary>
    public static byte[] Read(IMemory memory, ulong address, int length, out List<(int Start, int End)> lost)
    {
        var block = GC.AllocateUninitializedArray<byte>(length);
        lost = [];
        for (var start = 0; start < length; start += ChunkBytes)
        {
            var end = Math.Min(length, start + ChunkBytes);
            if (!memory.TryRead(address + (ulong)start, block.AsSpan(start, end - start), out _))
                lost.AddRange(ReadByPage(memory, address, block, start, end));
        }
        return block;
    }

    private static List<(int Start, int End)> ReadByPage(IMemory memory, ulong address, byte[] block, int start, int end)
    {
        var lost = new List<(int Start, int End)>();
        while (start < end)
        {
            var toBoundary = IMemory.SmallestPage - (int)((address + (ulong)start) & (IMemory.SmallestPage - 1));
            var part = block.AsSpan(start, Math.Min(toBoundary, end - start));
            if (!memory.TryRead(address + (ulong)start, part, out _))
            {
                part.Clear();
                lost.Add((start, start + part.Length));
            }
            start += part.Length;
        }
        return lost;
    }
}

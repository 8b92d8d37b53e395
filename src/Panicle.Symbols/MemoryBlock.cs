using Panicle.Dumps;

namespace Panicle.Symbols;

/// <summary>Reads a large block of which some pages may be lost.</summary>
internal static class MemoryBlock
{
    private const int PageBytes = 4096;

    // Pages are decompressed one after the other within a chunk and side by side between chunks.
    private const int ChunkBytes = 128 * 1024;
    private const int ParallelFrom = 4 * ChunkBytes;

    /// <summary>
    /// Reads the block; what can't be read stays zero. Lost bytes are reported as ranges of offsets, ascending.
    /// </summary>
    public static byte[] Read(IMemory memory, ulong address, int length, out List<(int Start, int End)> lost)
    {
        var block = new byte[length];
        var chunks = (length + ChunkBytes - 1) / ChunkBytes;
        var lostIn = new List<(int Start, int End)>?[chunks];
        if (length >= ParallelFrom)
            Parallel.For(0, chunks, ReadChunk);
        else
            for (var i = 0; i < chunks; i++)
                ReadChunk(i);

        lost = [];
        foreach (var ranges in lostIn)
            if (ranges is not null)
                lost.AddRange(ranges);
        return block;

        void ReadChunk(int index)
        {
            var start = index * ChunkBytes;
            var end = Math.Min(length, start + ChunkBytes);
            if (!memory.TryRead(address + (ulong)start, block.AsSpan(start, end - start), out _))
                lostIn[index] = ReadByPage(memory, address, block, start, end);
        }
    }

    private static List<(int Start, int End)> ReadByPage(IMemory memory, ulong address, byte[] block, int start, int end)
    {
        var lost = new List<(int Start, int End)>();
        while (start < end)
        {
            var toBoundary = PageBytes - (int)((address + (ulong)start) & (PageBytes - 1));
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

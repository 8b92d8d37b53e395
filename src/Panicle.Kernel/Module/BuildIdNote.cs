using Panicle.Dumps;
using Panicle.Formats.Elf;

namespace Panicle.Kernel.Module;

/// <summary>Finds the note with the build ID in memory: notes are part of what the kernel and its modules load.</summary>
internal static class BuildIdNote
{
    private const int BlockBytes = IMemory.SmallestPage;

    /// <summary>
    /// The build ID in a range of memory in lower-case hex, or null. Blocks that can't be read are passed over.
    /// </summary>
    public static string? Find(IMemory memory, AddressRange range)
    {
        var block = new byte[BlockBytes + BuildId.HeaderBytes + BuildId.MostBytes];
        for (var at = range.Start & ~(ulong)(BlockBytes - 1); at < range.End; at += BlockBytes)
        {
            // A note may go on behind the block, whose neighbour may be missing.
            if (!memory.TryRead(at, block, out _))
            {
                block.AsSpan(BlockBytes).Clear();
                if (!memory.TryRead(at, block.AsSpan(0, BlockBytes), out _))
                    continue;
            }
            if (BuildId.Search(block, BlockBytes) is { } found)
                return found;
        }
        return null;
    }
}

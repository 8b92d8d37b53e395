using System.Buffers.Binary;
using Panicle.Dumps;

namespace Panicle.Kernel.Module;

/// <summary>
/// Finds the note with the build ID in memory: <c>Elf64_Nhdr</c> with type 3 (NT_GNU_BUILD_ID), the owner "GNU", then the ID. Notes are part
/// of what the kernel and its modules load.
/// </summary>
internal static class BuildIdNote
{
    private const int PageSize = 4096;
    private const int Header = 16; // Three words and "GNU\0".
    private const int Longest = 64;

    /// <summary>The build ID in a range of memory in lower-case hex, or null. Pages that can't be read are passed over.</summary>
    public static string? Find(IMemory memory, AddressRange range)
    {
        var page = new byte[PageSize + Header + Longest];
        for (var at = range.Start & ~(ulong)(PageSize - 1); at < range.End; at += PageSize)
        {
            // A note may go on behind the page, whose neighbour may be missing.
            if (!memory.TryRead(at, page, out _))
            {
                page.AsSpan(PageSize).Clear();
                if (!memory.TryRead(at, page.AsSpan(0, PageSize), out _))
                    continue;
            }
            if (FindIn(page) is { } found)
                return found;
        }
        return null;
    }

    private static string? FindIn(ReadOnlySpan<byte> bytes)
    {
        for (var at = 0; at < PageSize; at += 4)
        {
            var note = bytes[at..];
            var owner = note[12..].IndexOf("GNU\0"u8);
            if (owner < 0)
                return null;
            if (owner > 0)
            {
                at += (owner - 1) & ~3;
                continue;
            }
            var length = BinaryPrimitives.ReadUInt32LittleEndian(note[4..]);
            if (BinaryPrimitives.ReadUInt32LittleEndian(note) == 4 && BinaryPrimitives.ReadUInt32LittleEndian(note[8..]) == 3 && length is >= 8 and <= Longest)
                return Convert.ToHexStringLower(note.Slice(Header, (int)length));
        }
        return null;
    }
}

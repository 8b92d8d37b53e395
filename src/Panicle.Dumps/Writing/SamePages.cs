using System.Numerics;
using System.Runtime.InteropServices;

namespace Panicle.Dumps.Writing;

/// <summary>A page that was stored, and where.</summary>
/// <param name="Frame">Its frame.</param>
/// <param name="Place">File offset of its data.</param>
/// <param name="Size">Bytes stored.</param>
/// <param name="Flags">Compression, as in a page descriptor.</param>
internal readonly record struct KnownPage(ulong Frame, long Place, int Size, uint Flags);

/// <summary>
/// Remembers pages that were stored, so that a page with the same content is stored once: memory is full of copies. Bounded: a
/// new page takes the place of an older one. A hash only says where to look; the pages themselves are compared.
/// </summary>
internal sealed class SamePages
{
    private const int Slots = 1 << 14;
    private const ulong Factor = 0x9E37_79B9_7F4A_7C15;

    // A part of each hash, apart and small, since hardly any that is looked for is there. 0 is an empty slot's.
    private readonly ushort[] _tags = new ushort[Slots];
    private readonly (ulong Hash, KnownPage Page)[] _known = new (ulong, KnownPage)[Slots];
    private readonly Lock _lock = new();

    /// <summary>A hash of half of a page's content, since it only says where to look; of no use against an adversary.</summary>
    /// <param name="page">A multiple of 64 bytes long.</param>
    public static ulong HashOf(ReadOnlySpan<byte> page)
    {
        ulong a = 1, b = 2, c = 3, d = 4;
        var words = MemoryMarshal.Cast<byte, ulong>(page);
        for (; words.Length >= 8; words = words[8..])
        {
            a = (a ^ words[0]) * Factor;
            b = (b ^ words[3]) * Factor;
            c = (c ^ words[4]) * Factor;
            d = (d ^ words[7]) * Factor;
        }
        return Mix(Mix(Mix(a) ^ b) ^ Mix(c) ^ d) | 1; // 0 is that of a page that wasn't hashed.
    }

    /// <summary>A stored page with this hash, if one is remembered.</summary>
    public bool TryFind(ulong hash, out KnownPage page)
    {
        var slot = SlotOf(hash);
        page = default;
        if (Volatile.Read(ref _tags[slot]) != TagOf(hash))
            return false;
        lock (_lock)
        {
            page = _known[slot].Page;
            return _known[slot].Hash == hash;
        }
    }

    /// <summary>Remembers a batch's pages that are stored.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="place">Its place in the file.</param>
    public void Add(PageBatch batch, long place)
    {
        lock (_lock)
        {
            for (var i = 0; i < batch.Count; i++)
            {
                if (batch.Hashes[i] is var hash and not 0 && batch.Pages[i] is { Content: PageContent.Data } page)
                {
                    _known[SlotOf(hash)] = (hash, new KnownPage(batch.Frames[i], place + page.Offset, page.Size, page.Flags));
                    Volatile.Write(ref _tags[SlotOf(hash)], TagOf(hash));
                }
            }
        }
    }

    private static ulong Mix(ulong value) => BitOperations.RotateLeft(value * Factor, 32) * 0xD6E8_FEB8_6659_FD93;

    // The lowest bit is the same in all.
    private static int SlotOf(ulong hash) => (int)(hash >> 32) & (Slots - 1);

    private static ushort TagOf(ulong hash) => (ushort)(hash | 1);
}

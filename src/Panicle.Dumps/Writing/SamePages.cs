using System.Numerics;
using System.Runtime.InteropServices;

namespace Panicle.Dumps.Writing;

/// <summary>A page that was stored, and where.</summary>
/// <param name="Hash">Hash of its content.</param>
/// <param name="Frame">Its frame.</param>
/// <param name="Place">File offset of its data.</param>
/// <param name="Size">Bytes stored.</param>
/// <param name="Flags">Compression, as in a page descriptor.</param>
internal readonly record struct KnownPage(ulong Hash, ulong Frame, long Place, int Size, uint Flags);

/// <summary>
/// Remembers pages that were stored, so that a page with the same content is stored once: memory is full of copies. Bounded: a new
/// page takes the place of an older one. A hash only says where to look; the pages themselves are compared.
/// </summary>
internal sealed class SamePages
{
    private const int Slots = 1 << 14;

    private readonly KnownPage[] _known = new KnownPage[Slots];
    private readonly Lock _lock = new();

    /// <summary>A hash of a page's content, of no use against an adversary.</summary>
    public static ulong HashOf(ReadOnlySpan<byte> page)
    {
        const ulong Multiplier = 0x9E37_79B9_7F4A_7C15;
        ulong a = 1, b = 2, c = 3, d = 4;
        var words = MemoryMarshal.Cast<byte, ulong>(page);
        for (var i = 0; i + 3 < words.Length; i += 4)
        {
            a = BitOperations.RotateLeft((a ^ words[i]) * Multiplier, 29);
            b = BitOperations.RotateLeft((b ^ words[i + 1]) * Multiplier, 31);
            c = BitOperations.RotateLeft((c ^ words[i + 2]) * Multiplier, 33);
            d = BitOperations.RotateLeft((d ^ words[i + 3]) * Multiplier, 37);
        }
        var hash = ((a * Multiplier ^ b) * Multiplier ^ c) * Multiplier ^ d;
        return (hash ^ hash >> 32) | 1; // 0 is an empty slot's.
    }

    /// <summary>A stored page with this hash, if one is remembered.</summary>
    public bool TryFind(ulong hash, out KnownPage page)
    {
        lock (_lock)
            page = _known[hash % Slots];
        return page.Hash == hash;
    }

    /// <summary>Remembers a page.</summary>
    public void Add(KnownPage page)
    {
        lock (_lock)
            _known[page.Hash % Slots] = page;
    }
}

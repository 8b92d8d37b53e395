using System.Buffers.Binary;
using System.Numerics;

namespace Panicle.Symbols.Btf;

/// <summary>Finds ids by name: a chained hash table over the bytes of the names, without a string for any of them.</summary>
internal sealed class BtfNameIndex
{
    private readonly int[] _heads;
    private int[] _next;
    private int[] _ids;
    private int _count;

    public BtfNameIndex(int expected)
    {
        var size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, expected));
        _heads = new int[size];
        _next = new int[size];
        _ids = new int[size];
    }

    /// <summary>Adds an id under its name; ids are returned in the order in which they were added.</summary>
    public void Add(ReadOnlySpan<byte> name, int id)
    {
        if (_count == _ids.Length)
        {
            Array.Resize(ref _next, _count * 2);
            Array.Resize(ref _ids, _count * 2);
        }
        ref var head = ref _heads[Hash(name) & (_heads.Length - 1)];
        _ids[_count] = id;
        // Heads and links hold the entry's number plus one, so that zero ends a chain.
        _next[_count] = head;
        head = ++_count;
    }

    /// <summary>The ids whose names have the same hash, latest first; the caller compares the names.</summary>
    public Candidates Find(ReadOnlySpan<byte> name) => new(this, _heads[Hash(name) & (_heads.Length - 1)]);

    /// <summary>
    /// The length and both ends tell names apart well enough, and cost the same for long names as for short ones.
    /// </summary>
    private static int Hash(ReadOnlySpan<byte> name)
    {
        const ulong mix = 0x9e3779b97f4a7c15;
        ulong hash = (uint)name.Length;
        if (name.Length >= sizeof(ulong))
        {
            hash ^= BinaryPrimitives.ReadUInt64LittleEndian(name) * mix;
            hash ^= BitOperations.RotateLeft(BinaryPrimitives.ReadUInt64LittleEndian(name[^sizeof(ulong)..]) * mix, 29);
        }
        else
        {
            foreach (var b in name)
                hash = (hash << 8) | b;
        }
        return (int)(hash * mix >> 33);
    }

    public struct Candidates(BtfNameIndex index, int head)
    {
        private int _at = head;

        public bool MoveNext(out int id)
        {
            id = 0;
            if (_at == 0)
                return false;
            id = index._ids[_at - 1];
            _at = index._next[_at - 1];
            return true;
        }
    }
}

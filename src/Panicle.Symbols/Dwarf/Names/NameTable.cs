using System.Numerics;

namespace Panicle.Symbols.Dwarf;

/// <summary>
/// Collects names while units are scanned. Every file repeats the types of the headers that it includes: definitions that agree
/// in name, kind and shape are kept once, with their number. Not thread-safe: each thread has its own, and they are joined.
/// </summary>
internal sealed class NameTable
{
    // Buckets of a hash table: a slot's number plus one. The slots themselves lie in the order in which they were added.
    private int[] _buckets = new int[1 << 12];
    private Slot[] _slots = new Slot[1 << 11];
    private int _used;
    private int _last;

    /// <param name="name">What stands for the name: equal for equal names.</param>
    /// <param name="shape">What tells definitions of one name apart: size, line, first member.</param>
    /// <param name="offset">The entry's offset.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="place">Its section.</param>
    /// <param name="unit">For a split unit: the one that stands for it.</param>
    /// <param name="hash">Where the name's hash is to be put, if the definition is new.</param>
    /// <returns>Whether it is new.</returns>
    public bool Add(ulong name, ulong shape, uint offset, NameKind kind, NamePlace place, ushort unit, out HashSetter hash)
    {
        shape ^= (ulong)kind << 56;
        // Files include the same headers in the same order: what came after the last definition then mostly comes after it now.
        var number = _slots[_last].Next;
        if (_slots[number].Name != name || _slots[number].Shape != shape || _slots[number].Count == 0)
        {
            number = Find(name, shape);
            _slots[_last].Next = number;
        }
        _last = number;
        ref var slot = ref _slots[number];
        var isNew = slot.Count++ == 0;
        if (isNew)
            (slot.Offset, slot.Kind, slot.Place, slot.Unit) = (offset, kind, place, unit);
        hash = new HashSetter(ref slot.Hash);
        return isNew;
    }

    /// <summary>Where a new name's hash is put.</summary>
    public readonly ref struct HashSetter(ref uint hash)
    {
        private readonly ref uint _hash = ref hash;

        public void Set(uint hash) => _hash = hash;
    }

    /// <summary>Takes in what another table has.</summary>
    public void Join(NameTable other)
    {
        foreach (ref readonly var theirs in other._slots.AsSpan(0, other._used))
        {
            var number = Find(theirs.Name, theirs.Shape);
            ref var slot = ref _slots[number];
            if (slot.Count == 0)
                slot = theirs with { Next = 0 };
            else
            {
                slot.Count += theirs.Count;
                if (slot.Place == theirs.Place && (theirs.Unit, theirs.Offset).CompareTo((slot.Unit, slot.Offset)) < 0)
                    (slot.Unit, slot.Offset) = (theirs.Unit, theirs.Offset);
            }
        }
    }

    /// <summary>The entries in their order.</summary>
    public NameEntry[] Entries()
    {
        const int bits = 16;
        // Into groups by the upper bits of their hashes first: then there is little left to sort.
        var ends = new int[(1 << bits) + 1];
        var slots = _slots.AsSpan(0, _used);
        foreach (ref readonly var slot in slots)
            ends[(slot.Hash >> (32 - bits)) + 1]++;
        for (var group = 0; group < 1 << bits; group++)
            ends[group + 1] += ends[group];
        var entries = new NameEntry[_used];
        foreach (ref readonly var slot in slots)
            // Each thread counts an enum's constants once, whatever the number of files.
            entries[ends[slot.Hash >> (32 - bits)]++] =
                new(slot.Hash, slot.Offset, slot.Kind == NameKind.Enumerator ? 1 : slot.Count, slot.Kind, slot.Place, slot.Unit);
        for (var group = 0; group < 1 << bits; group++)
        {
            var start = group == 0 ? 0 : ends[group - 1];
            if (ends[group] - start > 1)
                entries.AsSpan(start, ends[group] - start).Sort();
        }
        return entries;
    }

    /// <summary>The number of a definition's slot; a new one has the count 0.</summary>
    private int Find(ulong name, ulong shape)
    {
        if (_used * 2 >= _buckets.Length)
            Grow();
        ref var bucket = ref BucketOf(name, shape);
        if (bucket == 0)
        {
            if (_used == _slots.Length)
                Array.Resize(ref _slots, _slots.Length * 2);
            _slots[_used] = new Slot { Name = name, Shape = shape };
            bucket = ++_used;
        }
        return bucket - 1;
    }

    private ref int BucketOf(ulong name, ulong shape)
    {
        const ulong mix = 0x9e3779b97f4a7c15;
        var hash = (name * mix ^ BitOperations.RotateLeft(shape * mix, 31)) * mix;
        var mask = _buckets.Length - 1;
        var index = (int)(hash >> 40) & mask;
        while (true)
        {
            ref var bucket = ref _buckets[index];
            if (bucket == 0 || (_slots[bucket - 1].Name == name && _slots[bucket - 1].Shape == shape))
                return ref bucket;
            index = (index + 1) & mask;
        }
    }

    private void Grow()
    {
        _buckets = new int[_buckets.Length * 4];
        for (var number = 0; number < _used; number++)
            BucketOf(_slots[number].Name, _slots[number].Shape) = number + 1;
    }

    private struct Slot
    {
        public ulong Name;
        public ulong Shape;
        public uint Hash;
        public uint Offset;
        public uint Count;
        /// <summary>The number of the slot that was counted after this one the last time.</summary>
        public int Next;
        public NameKind Kind;
        public NamePlace Place;
        public ushort Unit;
    }
}

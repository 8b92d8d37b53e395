using System.Numerics;

namespace Panicle.Symbols.Dwarf;

/// <summary>
/// Collects names while units are scanned. Every file repeats the types of the headers that it includes: definitions that agree
/// in name, kind and shape are kept once, with their number. Not thread-safe: each thread has its own, and they are joined.
/// </summary>
internal sealed class NameTable
{
    private Slot[] _slots = new Slot[1 << 16];
    private int _used;

    /// <summary>Number of different definitions.</summary>
    public int Count => _used;

    /// <summary>Counts a definition.</summary>
    /// <param name="name">What stands for the name: equal for equal names.</param>
    /// <param name="shape">What tells definitions of one name apart: size, line, first member.</param>
    /// <param name="offset">The entry's offset.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="place">Its section.</param>
    /// <param name="hash">Where the name's hash is to be put, if the definition is new.</param>
    /// <returns>Whether it is new.</returns>
    public bool Add(ulong name, ulong shape, uint offset, NameKind kind, NamePlace place, out HashSetter hash)
    {
        if (_used * 2 > _slots.Length)
            Grow();
        shape ^= (ulong)kind << 56;
        ref var slot = ref Find(_slots, name, shape);
        var isNew = slot.Count == 0;
        if (isNew)
        {
            _used++;
            slot = new Slot { Name = name, Shape = shape, Offset = offset, Kind = kind, Place = place };
        }
        slot.Count++;
        hash = new HashSetter(ref slot.Hash);
        return isNew;
    }

    /// <summary>Where a new name's hash is put.</summary>
    public readonly ref struct HashSetter(ref uint hash)
    {
        private readonly ref uint _hash = ref hash;

        /// <summary>Sets it.</summary>
        public void Set(uint hash) => _hash = hash;
    }

    /// <summary>Takes in what another table has.</summary>
    public void Join(NameTable other)
    {
        foreach (ref readonly var theirs in other._slots.AsSpan())
        {
            if (theirs.Count == 0)
                continue;
            if (_used * 2 > _slots.Length)
                Grow();
            ref var slot = ref Find(_slots, theirs.Name, theirs.Shape);
            if (slot.Count == 0)
            {
                _used++;
                slot = theirs;
                continue;
            }
            slot.Count += theirs.Count;
            if (slot.Place == theirs.Place && theirs.Offset < slot.Offset)
                slot.Offset = theirs.Offset;
        }
    }

    /// <summary>The entries, in no order.</summary>
    public NameEntry[] Entries()
    {
        var entries = new NameEntry[_used];
        var count = 0;
        foreach (ref readonly var slot in _slots.AsSpan())
            if (slot.Count > 0)
                // Each thread counts an enum's constants once, whatever the number of files.
                entries[count++] = new(slot.Hash, slot.Offset, slot.Kind == NameKind.Enumerator ? 1 : slot.Count, slot.Kind, slot.Place, 0);
        return entries;
    }

    private static ref Slot Find(Slot[] slots, ulong name, ulong shape)
    {
        const ulong mix = 0x9e3779b97f4a7c15;
        var hash = (name * mix ^ BitOperations.RotateLeft(shape * mix, 31)) * mix;
        var mask = slots.Length - 1;
        var index = (int)(hash >> 40) & mask;
        while (true)
        {
            ref var slot = ref slots[index];
            if (slot.Count == 0 || (slot.Name == name && slot.Shape == shape))
                return ref slot;
            index = (index + 1) & mask;
        }
    }

    private void Grow()
    {
        var grown = new Slot[_slots.Length * 2];
        foreach (ref readonly var slot in _slots.AsSpan())
            if (slot.Count > 0)
                Find(grown, slot.Name, slot.Shape) = slot;
        _slots = grown;
    }

    private struct Slot
    {
        public ulong Name;
        public ulong Shape;
        public uint Hash;
        public uint Offset;
        public uint Count;
        public NameKind Kind;
        public NamePlace Place;
    }
}

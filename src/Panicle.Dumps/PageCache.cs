namespace Panicle.Dumps;

/// <summary>
/// A bounded, thread-safe cache of decoded pages. It is split into shards with a lock each; a shard hands out its slots
/// in order while it has free ones (so a short run touches little memory) and then replaces the first page that wasn't
/// used since the hand last passed (the "clock" rule). Nothing is allocated per page.
/// </summary>
internal sealed class PageCache
{
    private const int ShardCount = 16;

    private readonly Shard[] _shards = new Shard[ShardCount];

    /// <summary>Makes an empty cache for pages of one size, holding at most <paramref name="bytes"/> of them.</summary>
    public PageCache(int pageSize, int bytes)
    {
        var slots = Math.Max(1, bytes / pageSize / ShardCount);
        for (var i = 0; i < ShardCount; i++)
            _shards[i] = new Shard(pageSize, slots);
    }

    /// <summary>Copies a part of a page if the page is in the cache.</summary>
    public bool TryCopy(ulong page, int within, Span<byte> buffer) => ShardOf(page).TryCopy(page, within, buffer);

    /// <summary>Keeps a copy of a page.</summary>
    public void Insert(ulong page, ReadOnlySpan<byte> content) => ShardOf(page).Insert(page, content);

    private Shard ShardOf(ulong page) => _shards[(page * 0x9E3779B97F4A7C15) >> 60];

    private sealed class Shard(int pageSize, int slotCount)
    {
        /// <summary>Slots are allocated this many bytes at a time: below the large-object threshold.</summary>
        private const int ChunkBytes = 64 * 1024;

        private readonly Lock _lock = new();
        private readonly Dictionary<ulong, int> _slotOf = [];
        private readonly int _slotsPerChunk = Math.Max(1, ChunkBytes / pageSize);
        private readonly List<byte[]> _chunks = [];
        private readonly List<ulong> _pageIn = [];
        private readonly List<bool> _used = [];
        private int _hand;

        public bool TryCopy(ulong page, int within, Span<byte> buffer)
        {
            lock (_lock)
            {
                if (!_slotOf.TryGetValue(page, out var slot))
                    return false;
                _used[slot] = true;
                Slot(slot).Slice(within, buffer.Length).CopyTo(buffer);
                return true;
            }
        }

        public void Insert(ulong page, ReadOnlySpan<byte> content)
        {
            lock (_lock)
            {
                if (_slotOf.ContainsKey(page))
                    return; // another thread was first
                var slot = TakeSlot(page);
                _slotOf.Add(page, slot);
                content.CopyTo(Slot(slot));
            }
        }

        private int TakeSlot(ulong page)
        {
            var slot = _pageIn.Count;
            if (slot < slotCount)
            {
                if (slot / _slotsPerChunk == _chunks.Count)
                    _chunks.Add(GC.AllocateUninitializedArray<byte>(_slotsPerChunk * pageSize));
                _pageIn.Add(page);
                _used.Add(false);
                return slot;
            }
            while (_used[_hand])
            {
                _used[_hand] = false;
                _hand = (_hand + 1) % slotCount;
            }
            slot = _hand;
            _hand = (_hand + 1) % slotCount;
            _slotOf.Remove(_pageIn[slot]);
            _pageIn[slot] = page;
            return slot;
        }

        private Span<byte> Slot(int slot) => _chunks[slot / _slotsPerChunk].AsSpan(slot % _slotsPerChunk * pageSize, pageSize);
    }
}

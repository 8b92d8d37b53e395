namespace Panicle.Symbols.Dwarf;

/// <summary>Addresses that something owns.</summary>
/// <param name="Start">The first address.</param>
/// <param name="End">The address after the last.</param>
/// <param name="Depth">Of several owners of an address, the deepest counts.</param>
/// <param name="Owner">The owner's number.</param>
internal readonly record struct OwnedRange(ulong Start, ulong End, int Depth, int Owner);

/// <summary>
/// Nested and overlapping ranges laid flat: from each start to the next one owner, or none. Looking one up is a binary search.
/// </summary>
internal readonly struct RangeMap
{
    /// <summary>Lays ranges flat; the list is sorted on the way.</summary>
    public RangeMap(List<OwnedRange> ranges)
    {
        ranges.Sort(static (one, other) => one.Start.CompareTo(other.Start));
        var starts = new List<ulong>(ranges.Count * 2);
        var owners = new List<int>(ranges.Count * 2);
        // The ranges that reach to where we are: the deepest first, and of those the one that begins last.
        var open = new PriorityQueue<OwnedRange, (int Depth, int Owner)>();
        var next = 0;
        var position = 0UL;
        while (next < ranges.Count || open.Count > 0)
        {
            if (open.Count == 0)
                position = ranges[next].Start;
            for (; next < ranges.Count && ranges[next].Start <= position; next++)
                open.Enqueue(ranges[next], (-ranges[next].Depth, -ranges[next].Owner));
            while (open.Count > 0 && open.Peek().End <= position)
                open.Dequeue();
            if (open.Count == 0)
            {
                Add(position, -1);
                continue;
            }
            var inner = open.Peek();
            Add(position, inner.Owner);
            position = next < ranges.Count ? Math.Min(inner.End, ranges[next].Start) : inner.End;
        }
        Starts = [.. starts];
        Owners = [.. owners];

        void Add(ulong start, int owner)
        {
            if (owners.Count > 0 && owners[^1] == owner)
                return;
            starts.Add(start);
            owners.Add(owner);
        }
    }

    /// <summary>Where each stretch begins, ascending.</summary>
    public ulong[] Starts { get; }

    /// <summary>Who owns it, or −1.</summary>
    public int[] Owners { get; }

    /// <summary>The owner of an address, or −1.</summary>
    public static int Find(ReadOnlySpan<ulong> starts, ReadOnlySpan<int> owners, ulong address)
    {
        var (low, high) = (0, starts.Length);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (starts[middle] <= address)
                low = middle + 1;
            else
                high = middle;
        }
        return low > 0 ? owners[low - 1] : -1;
    }
}

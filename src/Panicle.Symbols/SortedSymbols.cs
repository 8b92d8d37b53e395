namespace Panicle.Symbols;

/// <summary>
/// Addresses in order, each with the number of its symbol in its table. Of equal addresses the lowest number comes first,
/// which is the one that the kernel prints.
/// </summary>
internal sealed class SortedSymbols
{
    private readonly ulong[] _addresses;
    private readonly int[] _symbols;

    /// <summary>Sorts the first <paramref name="count"/> entries of both arrays.</summary>
    public SortedSymbols(ulong[] addresses, int[] symbols, int count)
    {
        Array.Resize(ref addresses, count);
        Array.Resize(ref symbols, count);
        Array.Sort(addresses, symbols);
        // The sort isn't stable: put runs of equal addresses back into table order.
        for (var i = 0; i < count;)
        {
            var end = i + 1;
            while (end < count && addresses[end] == addresses[i])
                end++;
            if (end - i > 1)
                Array.Sort(symbols, i, end - i);
            i = end;
        }
        _addresses = addresses;
        _symbols = symbols;
    }

    public int Count => _symbols.Length;

    /// <summary>The numbers of the symbols, in the order of their addresses.</summary>
    public IReadOnlyList<int> Indices => _symbols;

    public int SymbolAt(int position) => _symbols[position];

    public ulong AddressAt(int position) => _addresses[position];

    /// <summary>The position of the first symbol of the highest address at or below this one; −1 if there is none.</summary>
    public int FindAtOrBelow(ulong address)
    {
        var above = FirstAbove(address);
        if (above == 0)
            return -1;
        var position = above - 1;
        while (position > 0 && _addresses[position - 1] == _addresses[position])
            position--;
        return position;
    }

    /// <summary>
    /// The distance from an address to the next higher symbol, or to the end of the range where that comes first.
    /// </summary>
    public ulong DistanceToNext(ulong address, AddressRange range)
    {
        var above = FirstAbove(address);
        var end = above < Count ? _addresses[above] : ulong.MaxValue;
        if (range.Contains(address))
            end = Math.Min(end, range.End);
        return end == ulong.MaxValue ? 0 : end - address;
    }

    private int FirstAbove(ulong address)
    {
        int low = 0, high = Count;
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            if (_addresses[middle] <= address)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}

using Panicle.Dumps;

namespace Panicle.Symbols.Kallsyms;

/// <summary>
/// How a number of <c>kallsyms_offsets</c> gives an address (<c>kallsyms_sym_address</c> in <c>kernel/kallsyms.c</c>).
/// </summary>
internal enum KallsymsAddressing : byte
{
    /// <summary>
    /// Unsigned, to be added to the base (all but x86 SMP; x86 too since its per-CPU symbols aren't zero-based any more, 6.15).
    /// </summary>
    Relative,

    /// <summary>Negative: base − 1 − offset. Not negative: an absolute value, a per-CPU symbol's (x86 SMP before 6.15).</summary>
    AbsolutePercpu,

    /// <summary>Signed, to be added to the number's own address; there is no base (since 7.1).</summary>
    PlaceRelative,
}

/// <summary>The symbols' addresses, ascending, read where a search needs them.</summary>
internal sealed class KallsymsAddresses
{
    private readonly PagedRegion _offsets;
    private readonly ulong _base;
    private readonly KallsymsAddressing _addressing;

    public KallsymsAddresses(IMemory memory, in KallsymsLayout layout, KallsymsAddressing addressing)
    {
        var end = layout.Offsets + ((ulong)layout.Count * sizeof(int));
        _offsets = new PagedRegion(memory, new AddressRange(layout.Offsets, end));
        _base = layout.RelativeBase ?? 0;
        _addressing = addressing;
        Count = layout.Count;
    }

    public int Count { get; }

    public bool TryGet(int index, out ulong address)
    {
        var place = (ulong)index * sizeof(int);
        var read = _offsets.TryReadInt32(place, out var offset);
        address = _addressing switch
        {
            KallsymsAddressing.Relative => _base + (uint)offset,
            KallsymsAddressing.PlaceRelative => _offsets.Range.Start + place + (ulong)offset,
            _ when offset >= 0 => (ulong)offset,
            _ => _base - 1 - (ulong)offset,
        };
        return read;
    }

    /// <summary>Whether a symbol is per-CPU: its value is an offset into each CPU's area and no address in the image.</summary>
    public bool IsPercpu(ulong address) => _addressing == KallsymsAddressing.AbsolutePercpu && address <= int.MaxValue;

    /// <summary>
    /// The index of the first of the symbols at the highest address that isn't above this one; −1 if there is none.
    /// </summary>
    public int FindFirstAtOrBelow(ulong address)
    {
        var above = FirstAbove(address, 0);
        if (above <= 0 || !TryGet(above - 1, out var found))
            return -1;
        // The kernel prints the first of equal addresses.
        return found == 0 ? 0 : FirstAbove(found - 1, 0);
    }

    /// <summary>
    /// The index of the first symbol above the address; <see cref="Count"/> if there is none, −1 if a page is lost.
    /// </summary>
    public int FirstAbove(ulong address, int from)
    {
        int low = from, high = Count;
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            if (!TryGet(middle, out var value))
                return -1;
            if (value <= address)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}

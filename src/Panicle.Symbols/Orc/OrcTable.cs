using Panicle.Dumps;

namespace Panicle.Symbols.Orc;

/// <summary>
/// The kernel's or a module's ORC tables, read where a lookup needs them: <c>.orc_unwind_ip</c>, sorted 32-bit distances
/// from each word's own address to the code it stands for, and <c>.orc_unwind</c>, the entry for each
/// (<c>arch/x86/kernel/unwind_orc.c</c>).
/// </summary>
public sealed class OrcTable : IOrcTable
{
    private readonly PagedRegion _ips;
    private readonly PagedRegion _entries;
    private readonly int _count;

    private OrcTable(PagedRegion ips, PagedRegion entries, int count, OrcLayout layout)
    {
        _ips = ips;
        _entries = entries;
        _count = count;
        Layout = layout;
    }

    /// <summary>The layout its entries are read with.</summary>
    public OrcLayout Layout { get; }

    /// <summary>Opens the two tables; reads nothing but the first and the last address.</summary>
    /// <param name="memory">The kernel's virtual memory.</param>
    /// <param name="ipTable">
    /// Where <c>.orc_unwind_ip</c> lies (<c>__start_orc_unwind_ip</c> to <c>__stop_orc_unwind_ip</c>).
    /// </param>
    /// <param name="unwindTable">Where <c>.orc_unwind</c> lies (<c>__start_orc_unwind</c> to <c>__stop_orc_unwind</c>).</param>
    /// <param name="layout">The kernel's layout, from <see cref="OrcLayoutDetector"/>; a module's is the kernel's.</param>
    /// <param name="why">On failure, the reason in words; else null.</param>
    /// <returns>The table, or null if the ranges can't be one.</returns>
    public static OrcTable? TryOpen(
        IMemory memory, AddressRange ipTable, AddressRange unwindTable, OrcLayout layout, out string? why)
    {
        why = Check(ipTable, unwindTable);
        if (why is not null)
            return null;
        var count = (int)(ipTable.Length / sizeof(int));
        return new OrcTable(new PagedRegion(memory, ipTable), new PagedRegion(memory, unwindTable), count, layout);
    }

    /// <inheritdoc/>
    public bool TryFind(ulong address, out OrcEntry entry)
    {
        entry = default;
        if (!TryFindIndex(address, out var index))
            return false;
        Span<byte> bytes = stackalloc byte[OrcDecoder.EntrySize];
        return _entries.TryRead((ulong)index * OrcDecoder.EntrySize, bytes) && OrcDecoder.TryDecode(bytes, Layout, out entry);
    }

    /// <summary>
    /// The last entry whose code starts at or below the address: of equal ones the last, as the kernel sorts them.
    /// </summary>
    private bool TryFindIndex(ulong address, out int index)
    {
        index = -1;
        int low = 0, high = _count - 1;
        while (low <= high)
        {
            var middle = low + (high - low) / 2;
            if (!TryIp(middle, out var ip))
                return false;
            if (ip <= address)
            {
                index = middle;
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }
        return index >= 0;
    }

    private bool TryIp(int index, out ulong ip)
    {
        var offset = (ulong)index * sizeof(int);
        var read = _ips.TryReadInt32(offset, out var distance);
        ip = _ips.Range.Start + offset + (ulong)distance;
        return read;
    }

    private static string? Check(AddressRange ips, AddressRange entries)
    {
        if (ips.End < ips.Start || entries.End < entries.Start)
            return "the ORC tables end before they start";
        if (ips.Length == 0)
            return "the ORC table is empty";
        // A kernel has under a million entries.
        if (ips.Length % sizeof(int) != 0 || ips.Length > 256 * 1024 * 1024)
            return $"the ORC address table has an impossible size of {ips.Length} bytes";
        var count = ips.Length / sizeof(int);
        if (entries.Length != count * OrcDecoder.EntrySize)
            return $"the ORC tables disagree: {count} addresses and {entries.Length} bytes of entries";
        return null;
    }
}

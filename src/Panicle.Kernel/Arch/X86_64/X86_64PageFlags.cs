namespace Panicle.Kernel.Arch.X86_64;

/// <summary>The bits of page-table entries (arch/x86/include/asm/pgtable_types.h; Intel SDM volume 3, chapter 4).</summary>
internal static class X86_64PageFlags
{
    private const ulong Present = 1;
    private const ulong ProtNone = 1 << 8;
    private const int SwapTypeBits = 5;
    private const int SwapOffsetShift = 14;

    private static readonly (int Bit, string Name)[] Names =
    [
        (0, "PRESENT"), (1, "RW"), (2, "USER"), (3, "PWT"), (4, "PCD"), (5, "ACCESSED"), (6, "DIRTY"), (8, "GLOBAL"), (63, "NX"),
    ];

    public static IReadOnlyList<string> NamesOf(PageTableStep step)
    {
        var entry = step.Entry;
        if ((entry & Present) == 0)
            return entry == 0 ? [] : NotPresent(entry);
        var names = new List<string>();
        foreach (var (bit, name) in Names)
        {
            if (bit == 8)
                AddBit7(names, step);
            if ((entry >> bit & 1) != 0)
                names.Add(name);
        }
        if ((entry >> 59 & 0xf) is not 0 and var key)
            names.Add($"PKEY{key}");
        return names;
    }

    // Bit 7 makes an entry of an upper level map a large page; in a PTE it belongs to the memory type.
    private static void AddBit7(List<string> names, PageTableStep step)
    {
        if ((step.Entry >> 7 & 1) != 0)
            names.Add(step.Level == "PTE" ? "PAT" : "PSE");
    }

    private static string[] NotPresent(ulong entry)
    {
        if ((entry & ProtNone) != 0)
            return ["PROTNONE"];
        var (type, page) = SwapEntry(entry);
        return [$"swap type {type}", $"offset 0x{page:x}"];
    }

    /// <summary>
    /// The swap area and the page of it that an entry names which isn't present: the area in the top bits, the page below them,
    /// stored inverted (arch/x86/include/asm/pgtable_64.h).
    /// </summary>
    public static (int Type, ulong Page) SwapEntry(ulong entry) =>
        ((int)(entry >> (64 - SwapTypeBits)), ~entry << SwapTypeBits >> SwapOffsetShift);
}

using Panicle.Kernel.Fs;
using Panicle.Kernel.Values;

namespace Panicle.Kernel.Mm;

/// <summary>A device or file that pages are swapped out to (<c>struct swap_info_struct</c>, include/linux/swap.h).</summary>
/// <param name="Type">Its number, by which page tables name it.</param>
/// <param name="Address">Address of the <c>swap_info_struct</c>.</param>
/// <param name="Path">Where it lies.</param>
/// <param name="IsDevice">Whether it is a device, and no file.</param>
/// <param name="Pages">How many pages there is room for.</param>
/// <param name="UsedPages">How many of them are taken.</param>
/// <param name="Priority">Those with a higher one are filled first.</param>
public sealed record SwapArea(int Type, ulong Address, string Path, bool IsDevice, ulong Pages, ulong UsedPages, int Priority);

/// <summary>
/// The devices and files that pages are swapped out to (<c>swap_info</c>, mm/swapfile.c), which the entry of a page table that
/// isn't present names by number.
/// </summary>
public sealed class SwapAreas
{
    private const uint Used = 1; // SWP_USED, include/linux/swap.h.
    private const uint Most = 32; // MAX_SWAPFILES is what the kernel's own entries leave of this.

    private readonly KernelDump _kernel;

    internal SwapAreas(KernelDump kernel)
    {
        _kernel = kernel;
        Count = (int)Math.Min(kernel.Global("nr_swapfiles", "unsigned int").ToUInt64(), Most);
        var areas = kernel.SymbolAddress("swap_info");
        var all = new List<SwapArea>();
        for (var type = 0; type < Count; type++)
        {
            var address = kernel.Memory.ReadWord(kernel.Memory.Words.At(areas, type), "swap_info");
            if (address != 0 && Losses.Try("swap area", address, () => Read(type, address)) is { } area)
                all.Add(area);
        }
        All = all;
    }

    /// <summary>Those that were in use, by number.</summary>
    public IReadOnlyList<SwapArea> All { get; }

    /// <summary>
    /// How many numbers were given to areas since boot. Higher ones in page tables are no swap but marks of the kernel.
    /// </summary>
    public int Count { get; }

    /// <summary>What could not be read of them.</summary>
    public Losses Losses { get; } = new();

    /// <summary>
    /// What an entry for a page that isn't there means: "in swap: page 0x12b of /dev/zram0"; null for an area that can't be read.
    /// </summary>
    /// <param name="type">The number in the entry.</param>
    /// <param name="page">The page in the area.</param>
    public string? Describe(int type, ulong page) =>
        All.FirstOrDefault(area => area.Type == type) is { } found ? $"in swap: page 0x{page:x} of {found.Path}"
        : type < Count ? null
        : "none of the swap areas: the kernel's own mark, of a page that is being moved, is poisoned or lies in a device";

    // An area that was switched off keeps its number and its structure.
    private SwapArea? Read(int type, ulong address)
    {
        var area = _kernel.At(address, "struct swap_info_struct");
        if ((area["flags"].ToUInt64() & Used) == 0)
            return null;
        var file = area["swap_file"].Dereference();
        return new SwapArea(
            type, address, _kernel.Fs.Files.PathAt(file.Address),
            _kernel.Fs.Files.TypeOf(file["f_inode"].ToUInt64()) == FileType.BlockDevice, area["pages"].ToUInt64(),
            UsedPagesOf(area), (int)area["prio"].ToInt64());
    }

    // An atomic counter since 6.13, whose highest bit but one says that the area isn't in the list of those with room.
    private static ulong UsedPagesOf(KernelValue area) => area.Has("inuse_pages.counter")
        ? area["inuse_pages.counter"].ToUInt64() & ~(1UL << 62) : area["inuse_pages"].ToUInt64();
}

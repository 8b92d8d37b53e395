using Panicle.Kernel.Fs;

namespace Panicle.Kernel.Mm;

/// <summary>
/// The devices and files that pages are swapped out to (<c>swap_info</c>, mm/swapfile.c), which the entry of a page table that
/// isn't present names by number.
/// </summary>
public sealed class SwapAreas
{
    private const uint Used = 1; // SWP_USED, include/linux/swap.h.
    private const uint Most = 32; // MAX_SWAPFILES is what the kernel's own entries leave of this.

    private readonly Dictionary<int, string> _names = [];

    internal SwapAreas(KernelDump kernel)
    {
        Count = (int)Math.Min(kernel.Global("nr_swapfiles", "unsigned int").ToUInt64(), Most);
        var areas = kernel.SymbolAddress("swap_info");
        for (var type = 0; type < Count; type++)
        {
            var address = kernel.Memory.ReadWord(kernel.Memory.Words.At(areas, type), "swap_info");
            if (address != 0 && Losses.Try("swap area", address, () => NameOf(kernel, address)) is { } name)
                _names[type] = name;
        }
    }

    /// <summary>
    /// How many numbers were given to areas since boot. Higher ones in page tables are no swap but marks of the kernel.
    /// </summary>
    public int Count { get; }

    /// <summary>What could not be read of them.</summary>
    public Losses Losses { get; } = new();

    /// <summary>
    /// What an entry for a page that isn't there means: "in swap: page 0x12b of /dev/zram0"; null for an area whose name can't be
    /// read.
    /// </summary>
    /// <param name="type">The number in the entry.</param>
    /// <param name="page">The page in the area.</param>
    public string? Describe(int type, ulong page) =>
        _names.TryGetValue(type, out var name) ? $"in swap: page 0x{page:x} of {name}"
        : type < Count ? null
        : "none of the swap areas: the kernel's own mark, of a page that is being moved, is poisoned or lies in a device";

    // An area that was switched off keeps its number and its structure.
    private static string? NameOf(KernelDump kernel, ulong address)
    {
        var area = kernel.At(address, "struct swap_info_struct");
        if ((area["flags"].ToUInt64() & Used) == 0)
            return null;
        var path = area["swap_file"].Dereference()["f_path"];
        return kernel.Fs.Paths.Resolve(new KernelPath(path["mnt"].ToUInt64(), path["dentry"].ToUInt64()));
    }
}

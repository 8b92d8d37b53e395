using Panicle.Kernel.Values;

namespace Panicle.Kernel.Mm;

/// <summary>
/// An area of the vmalloc space (<c>struct vmap_area</c> and its <c>struct vm_struct</c>, include/linux/vmalloc.h).
/// </summary>
/// <param name="Address">Address of the <c>vmap_area</c>.</param>
/// <param name="VmStruct">Address of its <c>vm_struct</c>; 0 for an area of <c>vm_map_ram</c>.</param>
/// <param name="Range">Its addresses, the guard page at the end included.</param>
/// <param name="Flags">VM_* bits of the <c>vm_struct</c>.</param>
/// <param name="Caller">The function that made it, or 0.</param>
/// <param name="PhysicalAddress">The memory behind an <c>ioremap</c>, or 0.</param>
/// <param name="Guard">The unmapped page at the end, which catches overruns; empty where there is none.</param>
public readonly record struct VmallocArea(
    ulong Address, ulong VmStruct, AddressRange Range, ulong Flags, ulong Caller, ulong PhysicalAddress, AddressRange Guard)
{
    private static readonly (ulong Bit, string Name)[] Names =
        [(0x1, "ioremap"), (0x2, "vmalloc"), (0x4, "vmap"), (0x8, "user"), (0x10, "dma-coherent")];

    /// <summary>What it is for, in the words of <c>/proc/vmallocinfo</c>: "vmalloc", "ioremap", "vmap", "vm_map_ram"…</summary>
    public string Use
    {
        get
        {
            if (VmStruct == 0)
                return "vm_map_ram";
            var flags = Flags;
            return string.Join(' ', Names.Where(name => (flags & name.Bit) != 0).Select(name => name.Name));
        }
    }
}

/// <summary>
/// The areas of the kernel's vmalloc space: allocations, stacks, device memory, module memory. In one red-black tree
/// (<c>vmap_area_root</c>) until 6.8; since then in one for each of several nodes (<c>vmap_nodes</c>).
/// </summary>
public sealed class VmallocAreas
{
    private const int MostNodes = 4096;

    private readonly KernelDump _kernel;

    internal VmallocAreas(KernelDump kernel)
    {
        _kernel = kernel;
        var layout = new VmallocLayout(kernel);
        var areas = new List<VmallocArea>();
        foreach (var root in Roots())
        {
            foreach (var area in RedBlackTrees.Entries(kernel.Context, root, "struct vmap_area", "rb_node", Losses))
            {
                if (Losses.Try("vmalloc area", area.Address, () => layout.Read(kernel, area.Address)) is { } found)
                    areas.Add(found);
            }
        }
        areas.Sort((a, b) => a.Range.Start.CompareTo(b.Range.Start));
        All = areas;
    }

    /// <summary>The areas in use, ascending.</summary>
    public IReadOnlyList<VmallocArea> All { get; }

    /// <summary>What could not be read.</summary>
    public Losses Losses { get; } = new();

    /// <summary>The area that holds an address, or null.</summary>
    public VmallocArea? Containing(ulong address)
    {
        int low = 0, high = All.Count;
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            if (All[middle].Range.Start <= address)
                low = middle + 1;
            else
                high = middle;
        }
        return low > 0 && All[low - 1].Range.Contains(address) ? All[low - 1] : null;
    }

    private IEnumerable<ulong> Roots()
    {
        if (_kernel.TrySymbolAddress("vmap_area_root", out var single))
        {
            yield return single;
            yield break;
        }
        var layout = new StructLayout(_kernel.Types, "struct vmap_node");
        var root = (ulong)layout.Offset("busy.root");
        var nodes = _kernel.Memory.ReadWord(_kernel.SymbolAddress("vmap_nodes"), "vmap_nodes");
        var count = _kernel.Memory.ReadUInt32(_kernel.SymbolAddress("nr_vmap_nodes"), "nr_vmap_nodes");
        if (count > MostNodes)
            throw new KernelReadException($"nr_vmap_nodes: {count} is not plausible");
        for (uint i = 0; i < count; i++)
            yield return nodes + i * (ulong)layout.Size + root;
    }

    private readonly struct VmallocLayout
    {
        private const ulong NoGuard = 0x40; // VM_NO_GUARD

        private readonly int _start;
        private readonly int _end;
        private readonly int _vm;
        private readonly int _flags;
        private readonly int _caller;
        private readonly int _physical;

        public VmallocLayout(KernelDump kernel)
        {
            var area = new StructLayout(kernel.Types, "struct vmap_area");
            (_start, _end, _vm) = (area.Offset("va_start"), area.Offset("va_end"), area.Offset("vm"));
            var vm = new StructLayout(kernel.Types, "struct vm_struct");
            (_flags, _caller, _physical) = (vm.Offset("flags"), vm.Offset("caller"), vm.Offset("phys_addr"));
        }

        public VmallocArea Read(KernelDump kernel, ulong address)
        {
            var range = new AddressRange(Word(address, _start), Word(address, _end));
            if (range.End < range.Start)
                throw new KernelReadException($"vmap_area at 0x{address:x} is damaged: it ends before its start");
            var vm = Word(address, _vm);
            if (vm == 0)
                return new VmallocArea(address, 0, range, 0, 0, 0, default);
            var flags = Word(vm, _flags);
            var guard = (flags & NoGuard) == 0 ? range with { Start = range.End - kernel.PageSize } : default;
            return new VmallocArea(address, vm, range, flags, Word(vm, _caller), Word(vm, _physical), guard);

            ulong Word(ulong at, int offset) => kernel.Memory.ReadWord(at + (ulong)offset, "vmap_area");
        }
    }
}

using Panicle.Kernel.Values;

namespace Panicle.Kernel.Mm;

/// <summary>A range of a process's address space (<c>struct vm_area_struct</c>, include/linux/mm_types.h).</summary>
/// <param name="Address">Address of the <c>vm_area_struct</c>.</param>
/// <param name="Range">The user addresses that it covers.</param>
/// <param name="Flags">VM_* bits.</param>
/// <param name="File">Address of the mapped <c>struct file</c>; 0 for anonymous memory.</param>
/// <param name="PageOffset">Where in the file it starts, in pages.</param>
public readonly record struct VirtualMemoryArea(ulong Address, AddressRange Range, ulong Flags, ulong File, ulong PageOffset)
{
    /// <summary>The access rights as <c>/proc/PID/maps</c> shows them: <c>r-xp</c>.</summary>
    public string Access => string.Create(4, Flags, (text, flags) =>
    {
        text[0] = (flags & 1) != 0 ? 'r' : '-';
        text[1] = (flags & 2) != 0 ? 'w' : '-';
        text[2] = (flags & 4) != 0 ? 'x' : '-';
        text[3] = (flags & 8) != 0 ? 's' : 'p';
    });
}

/// <summary>Walks over the memory areas of a process.</summary>
public sealed class VirtualMemoryAreas
{
    private readonly KernelDump _kernel;

    internal VirtualMemoryAreas(KernelDump kernel) => _kernel = kernel;

    /// <summary>The areas of an <c>mm_struct</c>, ascending. What can't be read is missing.</summary>
    /// <param name="mm">Address of the <c>mm_struct</c>; 0 (a kernel thread's) gives none.</param>
    /// <param name="losses">Gets what can't be read.</param>
    public IReadOnlyList<VirtualMemoryArea> Of(ulong mm, Losses? losses = null)
    {
        var areas = new List<VirtualMemoryArea>();
        if (mm == 0)
            return areas;
        var layout = new AreaLayout(new StructLayout(_kernel.Types, "struct vm_area_struct"));
        foreach (var address in Addresses(_kernel, mm, losses))
        {
            if ((losses ?? Losses.Ignored).Try("memory area", address, () => layout.Read(_kernel, address)) is { } area)
                areas.Add(area);
        }
        return areas;
    }

    // A maple tree since 6.1, a red-black tree before.
    private static IEnumerable<ulong> Addresses(KernelDump kernel, ulong mm, Losses? losses)
    {
        var layout = new StructLayout(kernel.Types, "struct mm_struct");
        if (layout.OptionalOffset("mm_mt") is >= 0 and var tree)
            return MapleTrees.Entries(kernel.Context, mm + (ulong)tree, losses).Select(entry => entry.Entry);
        return RedBlackTrees.Entries(kernel.Context, mm + (ulong)layout.Offset("mm_rb"), "struct vm_area_struct", "vm_rb", losses)
            .Select(area => area.Address);
    }

    private readonly struct AreaLayout(StructLayout layout)
    {
        private readonly int _start = layout.Offset("vm_start");
        private readonly int _end = layout.Offset("vm_end");
        private readonly int _flags = layout.Offset("vm_flags");
        private readonly int _file = layout.Offset("vm_file");
        private readonly int _offset = layout.Offset("vm_pgoff");
        private readonly int _size = layout.Size;

        public VirtualMemoryArea Read(KernelDump kernel, ulong address)
        {
            var bytes = kernel.Memory.ReadBlock(address, (ulong)_size, kernel.Limits, "vm_area_struct");
            var range = new AddressRange(Word(_start), Word(_end));
            if (range.End < range.Start)
                throw new KernelReadException(
                    $"vm_area_struct at 0x{address:x} is damaged: it ends at 0x{range.End:x}, before its start");
            return new VirtualMemoryArea(address, range, Word(_flags), Word(_file), Word(_offset));

            ulong Word(int offset) => kernel.Memory.Words.ReadWord(bytes.AsSpan(offset));
        }
    }
}

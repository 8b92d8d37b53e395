using System.Numerics;
using Panicle.Kernel.Values;

namespace Panicle.Kernel.Mm;

/// <summary>
/// The kernel's array with one <c>struct page</c> for each page of physical memory (<c>vmemmap</c>, CONFIG_SPARSEMEM_VMEMMAP).
/// A page's number in it is its frame: the physical address divided by the page size.
/// </summary>
public sealed class PageMap
{
    private readonly KernelDump _kernel;
    private readonly WordFormat _words;
    private readonly Offsets _offsets;

    internal PageMap(KernelDump kernel)
    {
        _kernel = kernel;
        _words = kernel.Memory.Words;
        Base = kernel.Memory.PageMapBase;
        _offsets = new Offsets(new StructLayout(kernel.Types, "struct page"));
        Flags = new PageFlags(kernel.Types);
        Types = new PageTypes(kernel.Types);
    }

    /// <summary>Address of the <c>struct page</c> of frame 0, or where it would be (<c>vmemmap</c>).</summary>
    public ulong Base { get; }

    /// <summary>Names of this kernel's page flags.</summary>
    public PageFlags Flags { get; }

    /// <summary>What this kernel writes over <c>_mapcount</c> for pages that can't be mapped.</summary>
    public PageTypes Types { get; }

    /// <summary>Address of a frame's <c>struct page</c>.</summary>
    public ulong AddressOf(ulong frame) => Base + frame * (ulong)_offsets.Size;

    /// <summary>The frame whose <c>struct page</c> holds an address; false if the address isn't in the array.</summary>
    public bool TryFrameOf(ulong address, out ulong frame)
    {
        frame = (address - Base) / (ulong)_offsets.Size;
        return address >= Base && frame < _kernel.Memory.Physical.Limit >> _kernel.PageShift;
    }

    /// <summary>Reads the <c>struct page</c> of a frame.</summary>
    public PageDescriptor Read(ulong frame)
    {
        Span<byte> bytes = stackalloc byte[Offsets.MostBytes];
        bytes = bytes[.._offsets.Size];
        var address = AddressOf(frame);
        _kernel.Memory.Read(address, bytes, "struct page");
        return Parse(frame, bytes);
    }

    /// <summary>Reads the <c>struct page</c> of a frame; false if it can't be read.</summary>
    public bool TryRead(ulong frame, out PageDescriptor page)
    {
        Span<byte> bytes = stackalloc byte[Offsets.MostBytes];
        bytes = bytes[.._offsets.Size];
        var ok = _kernel.Memory.TryRead(AddressOf(frame), bytes, out _);
        page = ok ? Parse(frame, bytes) : default;
        return ok;
    }

    /// <summary>The page that describes the whole compound page: the page itself unless it is a tail.</summary>
    public PageDescriptor HeadOf(PageDescriptor page) =>
        page.HeadAddress != 0 && TryFrameOf(page.HeadAddress, out var frame) && TryRead(frame, out var head) ? head : page;

    /// <summary>Number of pages in the compound page of which this is the head, as a power of two; 0 for a single page.</summary>
    public int OrderOf(PageDescriptor head)
    {
        if (!Flags.IsSet(head.Flags, "head"))
            return 0;
        // 6.6 and later keep the order in the low byte of the second page's flags, before that it had a member.
        var second = AddressOf(head.Frame + 1);
        var where = _offsets.CompoundOrder >= 0 ? second + (ulong)_offsets.CompoundOrder : second + (ulong)_offsets.Flags;
        Span<byte> order = stackalloc byte[1];
        return _kernel.Memory.TryRead(where, order, out _) && order[0] < 32 ? order[0] : 0;
    }

    private PageDescriptor Parse(ulong frame, ReadOnlySpan<byte> bytes)
    {
        var address = AddressOf(frame);
        return new PageDescriptor(
            frame, frame << _kernel.PageShift, address, Word(bytes, _offsets.Flags), Word(bytes, _offsets.Mapping),
            Word(bytes, _offsets.Index),
            _words.ReadInt32(bytes[_offsets.MapCount..]), _words.ReadInt32(bytes[_offsets.RefCount..]),
            Head(address, Word(bytes, _offsets.CompoundHead)), Word(bytes, _offsets.Private));
    }

    // The low bit marks a tail. The rest is the head's address; from 7.1 on it may be a mask instead, which leads from
    // any tail's address to its head's.
    private static ulong Head(ulong page, ulong info)
    {
        if ((info & 1) == 0)
            return 0;
        var rest = info - 1;
        var isMask = BitOperations.IsPow2(0 - rest) && 0 - rest < 1UL << 40;
        return isMask ? page & rest : rest;
    }

    private ulong Word(ReadOnlySpan<byte> bytes, int offset) => _words.ReadWord(bytes[offset..]);

    private readonly struct Offsets
    {
        public const int MostBytes = 256;

        public Offsets(StructLayout page)
        {
            Size = page.Size is >= 32 and <= MostBytes
                ? page.Size
                : throw new KernelReadException($"struct page of {page.Size} bytes is not plausible");
            Flags = page.Offset("flags");
            Mapping = page.Offset("mapping");
            Index = page.Offset("index", "__folio_index");
            Private = page.Offset("private");
            MapCount = page.Offset("_mapcount");
            RefCount = page.Offset("_refcount");
            CompoundHead = page.Offset("compound_head", "compound_info"); // Renamed in 7.1.
            CompoundOrder = page.OptionalOffset("compound_order");
        }

        public int Size { get; }
        public int Flags { get; }
        public int Mapping { get; }
        public int Index { get; }
        public int Private { get; }
        public int MapCount { get; }
        public int RefCount { get; }
        public int CompoundHead { get; }
        public int CompoundOrder { get; }
    }
}

/// <summary>
/// What a <c>struct page</c> says (include/linux/mm_types.h). Many of its words mean different things by the page's use.
/// </summary>
/// <param name="Frame">The page's number: its physical address divided by the page size.</param>
/// <param name="Physical">Physical address of the page.</param>
/// <param name="Address">Address of the <c>struct page</c>.</param>
/// <param name="Flags">PG_* bits, and zone, node and section in the high bits.</param>
/// <param name="Mapping">The word <c>mapping</c>: an <c>address_space</c>, or an <c>anon_vma</c> with bit 0 set.</param>
/// <param name="Index">The word <c>index</c>: the offset in the mapping in pages.</param>
/// <param name="MapCount">The word <c>_mapcount</c>: mappings minus one, or a page type.</param>
/// <param name="RefCount">References.</param>
/// <param name="HeadAddress">Address of the compound page's head's <c>struct page</c> if this is a tail, else 0.</param>
/// <param name="Private">The word <c>private</c>: the order of a free block, among others.</param>
public readonly record struct PageDescriptor(
    ulong Frame, ulong Physical, ulong Address, ulong Flags, ulong Mapping, ulong Index, int MapCount, int RefCount,
    ulong HeadAddress, ulong Private);

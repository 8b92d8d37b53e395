using System.Numerics;
using Panicle.Kernel.Values;
using Panicle.Symbols;

namespace Panicle.Kernel.Mm;

/// <summary>
/// Where the words of a <c>struct page</c> are that say what a page is used for, and what their values mean: from the
/// kernel's types where it has them, else from VMCOREINFO, which has just enough for filters.
/// </summary>
internal sealed class PageWords
{
    private const int Absent = -1;

    private readonly WordFormat _words;

    // From the kernel's types.
    private PageWords(WordFormat words, TypeCatalog types)
    {
        _words = words;
        var page = new StructLayout(types, "struct page");
        Size = page.Size;
        Flags = page.Offset("flags");
        Mapping = page.Offset("mapping");
        MapCount = page.Offset("_mapcount");
        Private = page.Offset("private");
        CompoundHead = page.Offset("compound_head", "compound_info");
        CompoundDestructor = page.OptionalOffset("compound_dtor");
        var flags = new PageFlags(types);
        Lru = flags.MaskOf("lru");
        HasPrivate = flags.MaskOf("private");
        // A second meaning of another bit, whose name it goes by in some kernels.
        SwapCache = flags.MaskOf("swapcache") is var swap and not 0 ? swap : flags.MaskOf("owner_priv_1");
        SwapBacked = flags.MaskOf("swapbacked");
        SlabFlag = flags.MaskOf("slab");
        Poisoned = flags.MaskOf("hwpoison");
        HeadFlag = flags.MaskOf("head");
        HugeFlag = flags.MaskOf("hugetlb");
        HugeDestructor = (int)(types.FindEnumerator("HUGETLB_PAGE_DTOR") ?? Absent);
        var names = new PageTypes(types);
        Types = names.NameOf;
        Source = "the kernel's types (BTF)";
        Check();
    }

    // From VMCOREINFO.
    private PageWords(WordFormat words, Dumps.VmcoreInfo info)
    {
        _words = words;
        Size = (int)(info.SizeOf("page") ?? 0);
        Flags = Offset(info, "flags");
        Mapping = Offset(info, "mapping");
        MapCount = Offset(info, "_mapcount");
        Private = Offset(info, "private");
        CompoundHead = info.OffsetOf("page.compound_head") is { } head ? (int)head : Offset(info, "compound_info");
        CompoundDestructor = (int)(info.OffsetOf("page.compound_dtor") ?? Absent);
        Lru = Bit(info, "PG_lru");
        HasPrivate = Bit(info, "PG_private");
        SwapCache = Bit(info, "PG_swapcache");
        SwapBacked = Bit(info, "PG_swapbacked");
        SlabFlag = Bit(info, "PG_slab");
        Poisoned = Bit(info, "PG_hwpoison");
        HeadFlag = (ulong)(info.Number("PG_head_mask") ?? 0);
        HugeDestructor = (int)(info.Number("HUGETLB_PAGE_DTOR") ?? Absent);
        HugeFlag = 0;
        var types = new List<(string Name, uint Value)>();
        foreach (var name in (string[])["buddy", "slab", "hugetlb", "offline", "unaccepted"])
        {
            if (info.Number($"PAGE_{name.ToUpperInvariant()}_MAPCOUNT_VALUE") is { } value)
                types.Add((name, (uint)value));
        }
        Types = count => NameOf(types, (uint)count);
        Source = "VMCOREINFO";
        Check();
    }

    /// <summary>Bytes of a <c>struct page</c>.</summary>
    public int Size { get; }

    /// <summary>Where this is known from, for people.</summary>
    public string Source { get; }

    /// <summary>What a <c>_mapcount</c> says the page's type is, or null.</summary>
    public Func<int, string?> Types { get; }

    private int Flags { get; }
    private int Mapping { get; }
    private int MapCount { get; }
    private int Private { get; }
    private int CompoundHead { get; }
    private int CompoundDestructor { get; }
    private ulong Lru { get; }
    private ulong HasPrivate { get; }
    private ulong SwapCache { get; }
    private ulong SwapBacked { get; }
    private ulong SlabFlag { get; }
    private ulong Poisoned { get; }
    private ulong HeadFlag { get; }
    private ulong HugeFlag { get; }
    private int HugeDestructor { get; }

    /// <exception cref="KernelReadException">Neither the kernel's types nor VMCOREINFO say enough.</exception>
    public static PageWords Of(KernelDump kernel, bool withTypes)
    {
        try
        {
            return withTypes ? new PageWords(kernel.Memory.Words, kernel.Types) : new PageWords(kernel.Memory.Words, kernel.Info);
        }
        catch (KernelReadException withoutTypes)
        {
            try
            {
                return new PageWords(kernel.Memory.Words, kernel.Info);
            }
            catch (KernelReadException withoutInfo)
            {
                throw new KernelReadException($"{withoutTypes.Message}; {withoutInfo.Message}");
            }
        }
    }

    /// <summary>The address of the compound page's head's <c>struct page</c> if this is a tail, else 0.</summary>
    public ulong HeadOf(ulong address, ReadOnlySpan<byte> page)
    {
        var info = Word(page, CompoundHead);
        if ((info & 1) == 0)
            return 0;
        // The head's address; from 7.1 on it may be a mask instead, which leads from any tail's address to its head's.
        var rest = info - 1;
        return BitOperations.IsPow2(0 - rest) && 0 - rest < 1UL << 40 ? address & rest : rest;
    }

    /// <summary>What a page is used for that is no tail.</summary>
    /// <param name="page">Its <c>struct page</c>.</param>
    /// <param name="second">The next one, which holds more about a compound page; empty if it can't be had.</param>
    public PageUse UseOf(ReadOnlySpan<byte> page, ReadOnlySpan<byte> second)
    {
        var flags = Word(page, Flags);
        if ((flags & SlabFlag) != 0)
            return PageUse.Slab;
        // A broken page may be in any state: it is the first thing to know about it.
        if ((flags & Poisoned) != 0)
            return PageUse.Offline;
        var count = _words.ReadInt32(page[MapCount..]);
        if (count < -1 && Types(count) is { } type)
            return UseOfType(type);
        var isAnonymous = (Word(page, Mapping) & 1) != 0;
        if (!isAnonymous && ((flags & Lru) != 0 || (flags & SwapBacked) != 0 && (flags & SwapCache) != 0))
            return (flags & HasPrivate) != 0 ? PageUse.PrivateCache : PageUse.Cache;
        if (isAnonymous || (flags & HeadFlag) != 0 && IsHuge(second))
            return PageUse.User;
        return PageUse.Kernel;
    }

    /// <summary>The order of a block of free pages.</summary>
    public ulong OrderOf(ReadOnlySpan<byte> page) => Word(page, Private);

    private static PageUse UseOfType(string type) => type switch
    {
        "buddy" or "unaccepted" => PageUse.Free,
        "slab" => PageUse.Slab,
        "table" => PageUse.PageTable,
        "hugetlb" => PageUse.User,
        "offline" => PageUse.Offline,
        _ => PageUse.Kernel,
    };

    // What makes a compound page a huge page: until 6.5 its destructor, then for some releases a flag,
    // both in the second page; then a type.
    private bool IsHuge(ReadOnlySpan<byte> second)
    {
        if (second.IsEmpty)
            return false;
        return CompoundDestructor >= 0 ? second[CompoundDestructor] == HugeDestructor : (Word(second, Flags) & HugeFlag) != 0;
    }

    private void Check()
    {
        int[] offsets = [Flags, Mapping, MapCount, Private, CompoundHead, CompoundDestructor];
        if (Size is < 32 or > 256 || offsets.Any(offset => offset > Size - _words.Size))
            throw new KernelReadException($"struct page of {Size} bytes is not plausible ({Source})");
        if (Lru == 0 || SwapBacked == 0)
            throw new KernelReadException($"the flags of struct page aren't known ({Source})");
    }

    private static int Offset(Dumps.VmcoreInfo info, string member) =>
        (int)(info.OffsetOf($"page.{member}") ?? throw new KernelReadException($"VMCOREINFO has no OFFSET(page.{member})"));

    private static ulong Bit(Dumps.VmcoreInfo info, string name) =>
        info.Number(name) is >= 0 and < 64 and var bit ? 1UL << (int)bit : 0;

    // VMCOREINFO gives the whole word of a page of the type that was never mapped; a count may have been added to it since 6.10.
    private static string? NameOf(List<(string Name, uint Value)> types, uint word)
    {
        foreach (var (name, value) in types)
        {
            if (word == value || (value & 0x00ff_ffff) == 0 && word >> 24 == value >> 24)
                return name;
        }
        return null;
    }

    private ulong Word(ReadOnlySpan<byte> bytes, int offset) => _words.ReadWord(bytes[offset..]);
}

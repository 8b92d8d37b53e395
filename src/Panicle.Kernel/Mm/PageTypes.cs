using Panicle.Symbols;

namespace Panicle.Kernel.Mm;

/// <summary>
/// The types of pages that no process maps: the kernel keeps them in <c>_mapcount</c> (include/linux/page-flags.h). Since
/// 6.12 the type is the top byte. Before, each type was a bit that is cleared in a word of ones, whose values the kernel's
/// types say for 6.10 and 6.11 only.
/// </summary>
public sealed class PageTypes
{
    private const uint OldBase = 0xf000_0000;
    private const uint EnumBase = 0x8000_0000;

    private readonly (string Name, uint Value)[] _types;
    private readonly uint _base;
    private readonly bool _isTopByte;

    internal PageTypes(TypeCatalog types)
    {
        var named = types.Find(TypeKind.Enum, "pagetype")?.Enumerators ?? [];
        _isTopByte = named.Any(value => value.Name == "PGTY_buddy");
        var prefix = _isTopByte ? "PGTY_" : "PG_";
        (_types, _base) = named.Count > 0
            ? ([.. Known(named, prefix)], EnumBase)
            : (OldTypes(types), OldBase);
    }

    /// <summary>
    /// The type's name ("buddy", "slab", "table", "offline", "guard", "hugetlb"…), or null for an ordinary page.
    /// </summary>
    public string? NameOf(int mapCount)
    {
        var word = (uint)mapCount;
        foreach (var (name, value) in _types)
        {
            if (_isTopByte ? word >> 24 == value : (word & (_base | value)) == _base && word != _base)
                return name;
        }
        return null;
    }

    private static IEnumerable<(string Name, uint Value)> Known(IEnumerable<Enumerator> types, string prefix) => types
        .Where(type => type.Name.StartsWith(prefix, StringComparison.Ordinal) && type.Name != "PGTY_mapcount_underflow")
        .Select(type => (type.Name[prefix.Length..], (uint)type.Value));

    // Macros until 6.10: a flag for memcg-accounted pages stood between until memcg_data replaced it in 5.12; hugetlb and
    // slab came last, when slab stopped being a page flag.
    private static (string Name, uint Value)[] OldTypes(TypeCatalog types)
    {
        if (types.Parse("struct page")?.HasMember("memcg_data") != true)
            return [("buddy", 0x80), ("offline", 0x100), ("kmemcg", 0x200), ("table", 0x400), ("guard", 0x800)];
        (string Name, uint Value)[] common = [("buddy", 0x80), ("offline", 0x100), ("table", 0x200), ("guard", 0x400)];
        return types.FindEnumerator("PG_slab") is null ? [.. common, ("hugetlb", 0x800), ("slab", 0x1000)] : common;
    }
}

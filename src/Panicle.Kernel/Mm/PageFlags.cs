using Panicle.Symbols;

namespace Panicle.Kernel.Mm;

/// <summary>
/// Names of the bits of <c>page.flags</c>, from the kernel's own <c>enum pageflags</c> (include/linux/page-flags.h).
/// </summary>
public sealed class PageFlags
{
    private readonly string[] _names = new string[64];
    private readonly Dictionary<string, int> _bits = [];

    internal PageFlags(TypeCatalog types)
    {
        foreach (var (name, value) in types.Find(TypeKind.Enum, "pageflags")?.Enumerators ?? [])
        {
            if (value is < 0 or > 63 || !name.StartsWith("PG_", StringComparison.Ordinal))
                continue;
            var text = name[3..];
            _bits[text] = (int)value;
            // Later names are second meanings of a bit: "swapcache" for owner_priv_1.
            _names[value] ??= text;
        }
    }

    /// <summary>Whether a flag is set; false if this kernel has none of the name.</summary>
    /// <param name="flags">The word <c>flags</c>.</param>
    /// <param name="name">The flag without its PG_: "slab".</param>
    public bool IsSet(ulong flags, string name) => _bits.TryGetValue(name, out var bit) && (flags >> bit & 1) != 0;

    /// <summary>Whether this kernel has a flag.</summary>
    public bool Has(string name) => _bits.ContainsKey(name);

    /// <summary>A flag's bit as a mask, or 0 if this kernel has none of the name.</summary>
    public ulong MaskOf(string name) => _bits.TryGetValue(name, out var bit) ? 1UL << bit : 0;

    /// <summary>Names of the flags that are set, lowest bit first.</summary>
    public IReadOnlyList<string> NamesOf(ulong flags)
    {
        var names = new List<string>();
        for (var bit = 0; bit < 64; bit++)
        {
            if ((flags >> bit & 1) != 0 && _names[bit] is { } name)
                names.Add(name);
        }
        return names;
    }
}

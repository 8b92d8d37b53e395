using System.Runtime.CompilerServices;
using System.Text;

namespace Panicle.Symbols.Kallsyms;

/// <summary>
/// Finds symbols by name. The index is made in one pass that expands no name: a hash of each, of what characters it is made of,
/// which for each code of the compressed names is known beforehand.
/// A name that is looked for is compared with the few that have its hash.
/// </summary>
internal sealed class KallsymsNameIndex
{
    private readonly KallsymsNames _names;
    private readonly ushort[] _hashes;

    public KallsymsNameIndex(KallsymsNames names)
    {
        _names = names;
        _hashes = Hash(names);
    }

    /// <summary>The indices that carry a name, in table order.</summary>
    public int[] Find(string name)
    {
        var bytes = Encoding.UTF8.GetBytes(name);
        var hash = HashOf(bytes);
        var found = new List<int>();
        for (var start = 0; ; start++)
        {
            var next = _hashes.AsSpan(start).IndexOf(hash);
            if (next < 0)
                return [.. found];
            start += next;
            if (IsNamed(start, bytes))
                found.Add(start);
        }
    }

    // A name's first character is the symbol's type, which isn't hashed.
    private static ushort[] Hash(KallsymsNames names)
    {
        Span<ushort> first = stackalloc ushort[KallsymsTokens.Codes];
        Span<ushort> others = stackalloc ushort[KallsymsTokens.Codes];
        for (var code = 0; code < KallsymsTokens.Codes; code++)
        {
            var text = names.Tokens.Text((byte)code);
            others[code] = HashOf(text);
            first[code] = HashOf(text.IsEmpty ? text : text[1..]);
        }
        return names.Sum(first, others);
    }

    private static ushort HashOf(ReadOnlySpan<byte> text)
    {
        var hash = 0;
        foreach (var c in text)
            hash += WeightOf(c);
        return (ushort)hash;
    }

    [SkipLocalsInit]
    private bool IsNamed(int index, ReadOnlySpan<byte> name)
    {
        Span<byte> buffer = stackalloc byte[KallsymsNames.MaxNameLength];
        var text = _names.Expand(_names.CodesOf(index), buffer);
        return !text.IsEmpty && text[1..].SequenceEqual(name);
    }

    // Numbers without a pattern: which characters they stand for can be told from a sum of them.
    private static ushort WeightOf(byte c)
    {
        var weight = (c + 1u) * 0x9e3779b9u;
        weight = (weight ^ weight >> 15) * 0x85ebca6bu;
        return (ushort)(weight ^ weight >> 13);
    }
}

using System.Text;

namespace Panicle.Symbols.Kallsyms;

/// <summary>
/// Finds the symbols with any of a batch of names in one pass, expanding hardly any of them: a name's first codes must
/// fit the start of a wanted name, then its length, first and last character must be those of a wanted name, and only then its
/// text is looked up.
/// </summary>
internal sealed class KallsymsNameSearch
{
    private const int LongestWanted = 511;
    private const int FilterBits = 64 * 1024;

    private readonly KallsymsNames _names;
    private readonly Dictionary<string, List<int>> _found = new(StringComparer.Ordinal);

    // Whether a code may be the first (which starts with the type letter), or the second after a lone type letter.
    private readonly bool[] _mayBeFirst = new bool[KallsymsTokens.Codes];
    private readonly bool[] _mayFollowType = new bool[KallsymsTokens.Codes];

    // Of each code's text the first, second and last character, 0 where there is none.
    private readonly byte[] _first = new byte[KallsymsTokens.Codes];
    private readonly byte[] _second = new byte[KallsymsTokens.Codes];
    private readonly byte[] _last = new byte[KallsymsTokens.Codes];

    // One bit for each combination of length, first and last character, hashed.
    private readonly ulong[] _filter = new ulong[FilterBits / 64];

    public KallsymsNameSearch(KallsymsNames names, IEnumerable<string> wanted)
    {
        _names = names;
        for (var code = 0; code < KallsymsTokens.Codes; code++)
        {
            var text = names.Tokens.Text((byte)code);
            _first[code] = text.Length > 0 ? text[0] : (byte)0;
            _second[code] = text.Length > 1 ? text[1] : (byte)0;
            _last[code] = text.Length > 0 ? text[^1] : (byte)0;
        }
        foreach (var name in wanted)
            if (_found.TryAdd(name, []))
                Admit(Encoding.UTF8.GetBytes(name));
    }

    /// <summary>
    /// Every wanted name with the indices that carry it, in table order; empty lists for those that none carries.
    /// </summary>
    public Dictionary<string, List<int>> Run()
    {
        var lookup = _found.GetAlternateLookup<ReadOnlySpan<char>>();
        Span<byte> bytes = stackalloc byte[LongestWanted + 1];
        Span<char> chars = stackalloc char[LongestWanted + 1];
        var names = _names.GetEnumerator();
        while (names.MoveNext())
        {
            var codes = names.Current;
            if (!MayBeWanted(codes))
                continue;
            var text = _names.Expand(codes, bytes)[1..];
            var count = Encoding.UTF8.GetChars(text, chars);
            if (lookup.TryGetValue(chars[..count], out var indices))
                indices.Add(names.Index);
        }
        return _found;
    }

    private bool MayBeWanted(ReadOnlySpan<byte> codes)
    {
        var lengths = _names.Tokens.Lengths;
        if (!_mayBeFirst[codes[0]])
            return false;
        var isLoneType = lengths[codes[0]] == 1 && codes.Length > 1;
        if (isLoneType && !_mayFollowType[codes[1]])
            return false;
        var length = -1;
        foreach (var code in codes)
            length += lengths[code];
        if (length is < 1 or > LongestWanted)
            return false;
        var bit = FilterBit(length, isLoneType ? _first[codes[1]] : _second[codes[0]], _last[codes[^1]]);
        return (_filter[bit >> 6] & (1UL << (bit & 63))) != 0;
    }

    private void Admit(ReadOnlySpan<byte> name)
    {
        if (name.Length is 0 or > LongestWanted)
            return;
        var bit = FilterBit(name.Length, name[0], name[^1]);
        _filter[bit >> 6] |= 1UL << (bit & 63);
        for (var code = 0; code < KallsymsTokens.Codes; code++)
        {
            var text = _names.Tokens.Text((byte)code);
            _mayBeFirst[code] |= text.Length > 0 && name.StartsWith(text[1..]);
            _mayFollowType[code] |= name.StartsWith(text);
        }
    }

    private static int FilterBit(int length, byte first, byte last) =>
        (int)((((uint)length << 16) | ((uint)first << 8) | last) * 2654435761u >> 16);
}

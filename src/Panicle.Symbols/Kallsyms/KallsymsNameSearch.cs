using System.Text;

namespace Panicle.Symbols.Kallsyms;

/// <summary>
/// Finds the symbols with any of a batch of names in one pass, expanding hardly any of them: a name's first codes must
/// fit the start of a wanted name, then its expanded length must be a wanted one, and only then its text is looked up.
/// </summary>
internal sealed class KallsymsNameSearch
{
    private const int LongestKeyed = 512;

    private readonly KallsymsNames _names;
    private readonly Dictionary<string, List<int>> _found = new(StringComparer.Ordinal);

    // Whether a code may be the first (which starts with the type letter), or the second after a lone type letter.
    private readonly bool[] _mayBeFirst = new bool[KallsymsTokens.Codes];
    private readonly bool[] _mayFollowType = new bool[KallsymsTokens.Codes];
    private readonly bool[] _isWantedLength = new bool[LongestKeyed];

    public KallsymsNameSearch(KallsymsNames names, IEnumerable<string> wanted)
    {
        _names = names;
        foreach (var name in wanted)
            if (_found.TryAdd(name, []))
                Admit(Encoding.UTF8.GetBytes(name));
    }

    /// <summary>Every wanted name with the indices that carry it, in table order; empty lists for those that none carries.</summary>
    public Dictionary<string, List<int>> Run()
    {
        var lookup = _found.GetAlternateLookup<ReadOnlySpan<char>>();
        var lengths = _names.Tokens.Lengths;
        Span<byte> bytes = stackalloc byte[LongestKeyed + 1];
        Span<char> chars = stackalloc char[LongestKeyed + 1];
        var names = _names.GetEnumerator();
        while (names.MoveNext())
        {
            var codes = names.Current;
            if (!MayStart(codes, lengths))
                continue;
            var length = -1;
            foreach (var code in codes)
                length += lengths[code];
            if ((uint)length >= LongestKeyed || !_isWantedLength[length])
                continue;
            var text = _names.Expand(codes, bytes)[1..];
            var count = Encoding.UTF8.GetChars(text, chars);
            if (lookup.TryGetValue(chars[..count], out var indices))
                indices.Add(names.Index);
        }
        return _found;
    }

    private bool MayStart(ReadOnlySpan<byte> codes, ReadOnlySpan<byte> lengths)
    {
        if (!_mayBeFirst[codes[0]])
            return false;
        return lengths[codes[0]] != 1 || codes.Length < 2 || _mayFollowType[codes[1]];
    }

    private void Admit(ReadOnlySpan<byte> name)
    {
        if (name.Length is 0 or >= LongestKeyed)
            return;
        _isWantedLength[name.Length] = true;
        for (var code = 0; code < KallsymsTokens.Codes; code++)
        {
            var text = _names.Tokens.Text((byte)code);
            _mayBeFirst[code] |= text.Length > 0 && Agree(text[1..], name);
            _mayFollowType[code] |= Agree(text, name);
        }
    }

    private static bool Agree(ReadOnlySpan<byte> token, ReadOnlySpan<byte> name) => name.StartsWith(token);
}

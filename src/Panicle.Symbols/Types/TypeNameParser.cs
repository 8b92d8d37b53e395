using System.Globalization;

namespace Panicle.Symbols;

/// <summary>
/// Reads C type names of the simple forms: qualifiers and a name, then any number of stars, then array lengths. Functions and
/// pointers to arrays aren't written often enough to be worth C's full grammar.
/// </summary>
internal sealed class TypeNameParser
{
    private const int MaxTokens = 64;

    private readonly TypeCatalog _catalog;
    private readonly List<string> _tokens = [];
    private int _next;

    public TypeNameParser(TypeCatalog catalog, string text)
    {
        _catalog = catalog;
        Tokenize(text);
    }

    public KernelType? Parse()
    {
        if (_tokens.Count is 0 or > MaxTokens || ParseName() is not { } type)
            return null;
        while (Peek() is "*" or "const" or "volatile" or "restrict")
            if (_tokens[_next++] == "*")
                type = TypeCatalog.PointerTo(type);
        return ParseArrays(type);
    }

    private KernelType? ParseName()
    {
        SkipQualifiers();
        var word = Take();
        if (word is null)
            return null;
        KernelType? type;
        if (word is "struct" or "union" or "enum")
            type = FindTagged(word, Take());
        else if (IntegerSpelling.IsWord(word))
            type = ParseInteger(word);
        else
            type = FindUntagged(word);
        SkipQualifiers();
        return type;
    }

    private KernelType? ParseInteger(string first)
    {
        var words = new List<string> { first };
        while (Peek() is { } word && (IntegerSpelling.IsWord(word) || word == "const"))
        {
            if (word != "const")
                words.Add(word);
            _next++;
        }
        return IntegerSpelling.Normalize(words) is { } name ? FindInteger(name) : null;
    }

    private KernelType? FindInteger(string name)
    {
        foreach (var spelling in IntegerSpelling.Spellings(name))
            if (_catalog.Find(TypeKind.Int, spelling) is { } found)
                return found;
        return IntegerSpelling.BuiltIn(name);
    }

    private KernelType? FindTagged(string tag, string? name)
    {
        if (name is null)
            return null;
        return tag switch
        {
            "struct" => _catalog.Find(TypeKind.Struct, name),
            "union" => _catalog.Find(TypeKind.Union, name),
            _ => _catalog.Find(TypeKind.Enum, name),
        };
    }

    private KernelType? FindUntagged(string name)
    {
        if (name == "void")
            return SyntheticVoid.Instance;
        foreach (var kind in (ReadOnlySpan<TypeKind>)[
            TypeKind.Typedef, TypeKind.Struct, TypeKind.Union, TypeKind.Enum, TypeKind.Int, TypeKind.Float])
            if (_catalog.Find(kind, name) is { } found)
                return found;
        return name is "bool" or "_Bool" ? IntegerSpelling.BuiltIn("_Bool") : null;
    }

    /// <summary><c>int[2][3]</c> is two arrays of three: the lengths apply from the last to the first.</summary>
    private KernelType? ParseArrays(KernelType type)
    {
        var lengths = new List<ulong>();
        while (Peek() == "[")
        {
            _next++;
            var length = 0UL;
            if (Peek() != "]" && !TryNumber(Take(), out length))
                return null;
            if (Take() != "]")
                return null;
            lengths.Add(length);
        }
        if (_next != _tokens.Count)
            return null;
        for (var i = lengths.Count - 1; i >= 0; i--)
            type = TypeCatalog.ArrayOf(type, lengths[i]);
        return type;
    }

    private static bool TryNumber(string? text, out ulong number)
    {
        number = 0;
        if (text is null)
            return false;
        return text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number)
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    private void SkipQualifiers()
    {
        while (Peek() is "const" or "volatile" or "restrict")
            _next++;
    }

    private string? Peek() => _next < _tokens.Count ? _tokens[_next] : null;

    private string? Take() => _next < _tokens.Count ? _tokens[_next++] : null;

    private void Tokenize(string text)
    {
        for (var i = 0; i < text.Length && _tokens.Count <= MaxTokens;)
        {
            if (char.IsWhiteSpace(text[i]))
            {
                i++;
                continue;
            }
            var start = i++;
            if (IsWordCharacter(text[start]))
                while (i < text.Length && IsWordCharacter(text[i]))
                    i++;
            _tokens.Add(text[start..i]);
        }
    }

    private static bool IsWordCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '$' || c > 127;
}
